"""The help laid over a screen: keys under headings."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from widgets.dialogs import BOX
from widgets.panel import Panel
from widgets.safe_text import fit, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.geometry import Size

    from widgets.models import HelpSection, KeyHint

LONGEST_KEY = 12
INDENT, LEAST = 2, 16
"""Cells before a key, where the sign of danger stands, and cells of help that fit beside it."""
LEGEND = "! stops or throws away; struck through can't be done now; esc leaves"


class Help(ModalScreen[None]):
    """What can be done here and everywhere, under headings; ``key`` opened it and closes it."""

    DEFAULT_CSS = (
        BOX.format(name="Help", width=82) + "Help > * > Static { dock: bottom; height: 1; }"
    )
    BINDINGS: ClassVar[list[BindingType]] = [("escape,q", "leave", "Leave")]

    def __init__(self, sections: Sequence[HelpSection], key: str = "") -> None:
        super().__init__()
        self._sections, self._key = tuple(sections), key

    def on_key(self, event: events.Key) -> None:
        """Leave by the key that led here."""
        if event.key == self._key:
            event.stop()
            self.dismiss(None)

    def compose(self) -> ComposeResult:
        """The keys, which scroll, and below them what the signs mean, which does not."""
        with VerticalScroll():
            yield HelpLines(self._sections)
            yield Static(Content.assemble((LEGEND, "$text-muted")))

    def action_leave(self) -> None:
        """Close."""
        self.dismiss(None)


class HelpLines(Panel[tuple["HelpSection", ...]]):
    """A line a key; what does not fit goes on below where it began."""

    DEFAULT_CSS = "HelpLines { height: auto; margin-bottom: 1; }"

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's signature
        """As many lines as that takes in ``width`` cells."""
        return len(self.paint(self.model, width, 0))

    def paint(self, model: tuple[HelpSection, ...], width: int, height: int) -> list[Content]:  # noqa: ARG002 - Panel's signature
        """The sections, with a line between them."""
        keys = [cell_len(visible(hint.key, LONGEST_KEY)) for part in model for hint in part.hints]
        column = max(keys, default=0) + 2
        lines: list[Content] = []
        for section in model:
            if lines:
                lines.append(Content(""))
            lines.append(Content.assemble((visible(section.title, 70), "bold $text-primary")))
            said = ""
            for hint in section.hints:
                if hint.unavailable and hint.unavailable != said:  # once for all it is true of
                    lines += _reason(hint.unavailable, width)
                said = hint.unavailable
                lines += _hint(hint, column, width)
        return lines


def _reason(why: str, width: int) -> list[Content]:
    parts = wrap(f"not now: {visible(why, 200)}", max(width - INDENT, LEAST))
    return [Content.assemble(" " * INDENT, (part, "$text-warning")) for part in parts]


def _hint(hint: KeyHint, column: int, width: int) -> list[Content]:
    """Key and help beside each other."""
    key = visible(hint.key, LONGEST_KEY)
    gap = " " * (column - cell_len(key))
    first, *rest = wrap(visible(hint.help, 200), max(width - INDENT - column, LEAST)) or [""]
    mark = ("! ", "bold $text-error") if hint.danger else fit("", INDENT)
    shown, said = ("strike $text-muted",) * 2 if hint.unavailable else ("bold $text-accent", "")
    below = " " * (INDENT + column)
    return [
        Content.assemble(mark, (key, shown), gap, (first, said)),
        *(Content.assemble(below, (part, said)) for part in rest),
    ]
