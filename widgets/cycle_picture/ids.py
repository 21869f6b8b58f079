"""Ids cut in their middle: what tells them apart often stands at their end."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

from rich.cells import cell_len, split_graphemes

from widgets.safe_text import ELLIPSIS, shorten, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST = 64
"""Characters of an id that are ever shown, the greater part of them from its beginning."""
TAIL = 24
"""Characters from the end of one that is longer."""


def shown_id(text: str, width: int = LONGEST) -> str:
    """``text`` made visible, in at most ``width`` cells; a longer one without its middle."""
    if len(text) > LONGEST:  # so that a huge one costs no more than what is shown of it
        text = text[: LONGEST - TAIL] + ELLIPSIS + text[-TAIL:]
    return cut_middle(visible(text), width)


def cut_middle(text: str, width: int) -> str:
    """``text``, which is safe to paint, in at most ``width`` cells."""
    if cell_len(text) <= width:
        return text
    if width < 1:
        return ""
    spans = split_graphemes(text)[0]
    head = _kept(spans, width // 2)
    tail = _kept(spans[::-1], width - 1 - width // 2)
    start = spans[head][0]
    end = spans[-tail][0] if tail else len(text)
    return text[:start].rstrip() + ELLIPSIS + text[end:].lstrip()


def cut_alike(names: Sequence[str], width: int) -> list[str]:
    """All of ``names``, safe to paint, in at most ``width`` cells each.

    They lose their middles; where that would make different ones equal, what they begin with alike.
    """
    cut = [cut_middle(each, width) for each in names]
    if len(set(cut)) == len(set(names)):
        return cut
    columns = zip(*names, strict=False)
    alike = sum(1 for _ in takewhile(lambda chars: len(set(chars)) == 1, columns))
    while alike and names[0][alike - 1].isalnum():
        alike -= 1  # a number or a word is not taken apart
    return [shorten(ELLIPSIS + each[alike:], width) for each in names] if alike else cut


def _kept(spans: list[tuple[int, int, int]], width: int) -> int:
    """Graphemes from the beginning of ``spans`` that fit."""
    used = 0
    for count, (_, _, size) in enumerate(spans):
        used += size
        if used > width:
            return count
    return len(spans)
