"""The bottom line: the keys that matter here."""

from __future__ import annotations

from rich.cells import cell_len
from textual.content import Content

from widgets.clicks import ClickPanel, clickable
from widgets.models import KeyHint
from widgets.safe_text import visible

ROOMY = 100
"""Cells from which keys stand two cells apart, so that none is read as the end of a title."""


class KeyBar(ClickPanel[tuple[KeyHint, ...]]):
    """Keys with short titles, as many as fit, in the order given; each can be clicked.

    What can't be done now is struck through.
    """

    DEFAULT_CSS = "KeyBar { height: 1; dock: bottom; background: $panel; padding: 0 1; }"

    def paint(self, model: tuple[KeyHint, ...], width: int, height: int) -> list[Content]:  # noqa: ARG002 - Panel's signature
        """The one line."""
        line, used = Content(""), 0
        for hint in model:
            key, title = visible(hint.key, 20), visible(hint.title, 40)
            gap = ("  " if width >= ROOMY else " ") if used else ""
            needed = len(gap) + cell_len(key) + 1 + cell_len(title)
            if used + needed > width:
                break
            line = Content.assemble(line, gap, _item(hint, key, title))
            used += needed
        return [line]


def _item(hint: KeyHint, key: str, title: str) -> Content:
    if hint.unavailable:
        return clickable(Content.assemble((f"{key} {title}", "strike $text-muted")), hint.action)
    style = "bold $text-error" if hint.danger else "bold $text-accent"
    return clickable(Content.assemble((key, style), f" {title}"), hint.action)
