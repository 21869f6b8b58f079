"""A line to type into that shows whatever was pasted without letting it steer the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Input

from widgets.safe_typing import held, painted, taken, typed

if TYPE_CHECKING:
    from typing import Any

    from textual.strip import Strip


class SafeInput(Input):
    """An input that gives back in ``typed`` what it was filled with, and paints it safely.

    Its ``value`` has stand-ins for what does not print; see :mod:`widgets.safe_typing`. Control
    characters that are typed or pasted become visible in the text too.
    """

    DEFAULT_CSS = """
    SafeInput { width: 1fr; height: 1; border: none; padding: 0; background: $surface; }
    SafeInput:focus { border: none; background: $boost; }
    """

    def __init__(self, text: str = "", **options: Any) -> None:
        super().__init__(held(text), **options)

    def on_mount(self) -> None:
        """Hold the cursor still where nothing is to move."""
        self.cursor_blink = self.app.animation_level != "none"

    @property
    def typed(self) -> str:
        """The text."""
        return typed(self.value)

    def fill(self, text: str) -> None:
        """Show another text."""
        self.value = held(text)

    @property
    def selected_text(self) -> str:
        """The part of the text that is selected, for the clipboard."""
        return typed(super().selected_text)

    def validate_value(self, value: str) -> str:
        """Whatever comes in, by key or by paste, comes through here."""
        return taken(value)

    def render_line(self, y: int) -> Strip:
        """Printable characters only."""
        return painted(super().render_line(y))
