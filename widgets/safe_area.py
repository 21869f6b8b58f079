"""Lines to type into that show whatever was pasted without letting it steer the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import TextArea

from widgets.safe_typing import held, painted, taken, typed

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from textual.strip import Strip
    from textual.widgets.text_area import Edit, EditResult


class SafeArea(TextArea):
    """A text area that gives back in ``typed`` what it was filled with, and paints it safely.

    It holds lines of printable characters, tabs and stand-ins for the others; see
    :mod:`widgets.safe_typing`. Control characters that are typed or pasted become visible in the
    text too.
    """

    DEFAULT_CSS = """
    SafeArea { width: 1fr; border: none; padding: 0; background: $surface; }
    SafeArea:focus { border: none; background: $boost; }
    """

    def __init__(self, text: str = "", **options: Any) -> None:
        super().__init__(_lines(text, held), **options)

    def on_mount(self) -> None:
        """Hold the cursor still where nothing is to move."""
        self.cursor_blink = self.app.animation_level != "none"

    @property
    def typed(self) -> str:
        """The text."""
        return typed(self.text)

    def fill(self, text: str) -> None:
        """Show another text."""
        self.load_text(_lines(text, held))

    @property
    def selected_text(self) -> str:
        """The part of the text that is selected, for the clipboard."""
        return typed(super().selected_text)

    def edit(self, edit: Edit) -> EditResult:
        """Whatever comes in, by key or by paste, comes through here."""
        edit.text = _lines(edit.text.replace("\r\n", "\n"), taken)
        return super().edit(edit)

    def render_line(self, y: int) -> Strip:
        """Printable characters only."""
        return painted(super().render_line(y))


def _lines(text: str, change: Callable[[str], str]) -> str:
    """``text`` with all but tabs and line ends changed; those of Windows only where all are."""
    end = "\r\n" if text.count("\r\n") == text.count("\n") else "\n"
    lines = text.split(end)
    return end.join("\t".join(change(part) for part in line.split("\t")) for line in lines)
