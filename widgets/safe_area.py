"""Lines to type into that show whatever was pasted without letting it steer the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import TextArea

from widgets.safe_text import visible

if TYPE_CHECKING:
    from textual.widgets.text_area import Edit, EditResult


def shown_lines(text: str) -> str:
    """``text`` with its lines kept and everything else that does not print made visible."""
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join("\t".join(visible(part) for part in line.split("\t")) for line in lines)


class SafeArea(TextArea):
    """A text area that holds printable characters, tabs and line ends only."""

    DEFAULT_CSS = """
    SafeArea { width: 1fr; border: none; padding: 0; background: $surface; }
    SafeArea:focus { border: none; background: $boost; }
    """

    def on_mount(self) -> None:
        """Hold the cursor still where nothing is to move."""
        self.cursor_blink = self.app.animation_level != "none"

    def edit(self, edit: Edit) -> EditResult:
        """Whatever comes in, by key or by paste, comes through here."""
        edit.text = shown_lines(edit.text)
        return super().edit(edit)
