"""A line to type into that shows whatever was pasted without letting it steer the terminal."""

from __future__ import annotations

from textual.widgets import Input

from widgets.safe_text import visible


class SafeInput(Input):
    """An input whose control characters become visible, in its value too."""

    DEFAULT_CSS = """
    SafeInput { width: 1fr; height: 1; border: none; padding: 0; background: $surface; }
    SafeInput:focus { border: none; background: $boost; }
    """

    def on_mount(self) -> None:
        """Hold the cursor still where nothing is to move."""
        self.cursor_blink = self.app.animation_level != "none"

    def validate_value(self, value: str) -> str:
        """Printable characters only."""
        return visible(value, self.max_length or None)
