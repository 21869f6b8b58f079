"""Lines of styled text that scroll: details, tracebacks, payloads."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from widgets.safe_text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

HEAD, DIM = "bold $text-primary", "$text-muted"
"""Styles of a heading, and of what stands back."""
Line = tuple[tuple[str, str], ...]
"""Pieces of one line: text of any kind, and its style."""
LONGEST, MOST = 2_000, 500
"""Characters of a line and lines that are shown; what is copied has all."""


class TextPane(VerticalScroll, can_focus=True):
    """Wrapped to its width; arrows and page keys scroll it."""

    DEFAULT_CSS = """
    TextPane { height: 1fr; width: 1fr; padding: 0 1; scrollbar-size-vertical: 1; }
    TextPane:focus { background: $surface; }
    TextPane > Static { height: auto; width: 1fr; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        ("k", "scroll_up", "Line above"),
        ("j", "scroll_down", "Line below"),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._lines: tuple[Line, ...] = ()
        self._text = Static(Content(""), markup=False)

    def compose(self) -> ComposeResult:
        """The text."""
        yield self._text

    @property
    def plain(self) -> str:
        """What there is to show, as text of its own lines."""
        return "\n".join("".join(text for text, _ in line) for line in self._lines)

    def show(self, lines: Sequence[Line]) -> None:
        """Show other lines; where it was scrolled to stays."""
        if tuple(lines) == self._lines:
            return
        self._lines = tuple(lines)
        shown = [_content(line) for line in self._lines[:MOST]]
        if len(self._lines) > MOST:
            shown.append(Content.assemble((f"… {len(self._lines) - MOST:,} more lines", DIM)))
        self._text.update(Content("\n").join(shown))


def _content(line: Line) -> Content:
    return Content.assemble(*((visible(text, LONGEST), style) for text, style in line))
