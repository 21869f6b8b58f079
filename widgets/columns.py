"""The columns of a list: what they say of a row, and how wide they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from rich.cells import cell_len

from widgets.safe_text import fit, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

LEAST, GOOD = 5, 16
"""Cells under which the column that takes what is left is not worth showing, and under which those
behind it make way."""
WIDE = 110
"""Cells from which the columns have their full widths."""
KEPT = 0.3
"""Part of the list that the column which takes what is left keeps when others grow."""

RowT = TypeVar("RowT")


@dataclass(frozen=True, slots=True)
class Column(Generic[RowT]):
    """One column; widths in cells, the narrow one below ``WIDE`` cells, 0 takes what is left."""

    title: str
    narrow: int
    wide: int
    text: Callable[[RowT], str]
    tone: Callable[[RowT], str] = lambda _: ""
    """One of ``widgets.row_list.TONES``, or nothing."""
    sort: str = ""
    """What sorting by it is called; empty when it can't be sorted by."""
    most: int = 0
    """Cells that it may grow to for a long text, where there is room; 0 when it does not grow."""
    right: bool = False
    """Whether its texts end below each other, as numbers do, a cell before the next column's."""
    roomy: bool = False
    """Whether it is shown from ``WIDE`` cells on only."""

    def cell(self, text: str, room: int) -> str:
        """``text`` in exactly ``room`` cells; a single cell shows the sign, not an ellipsis."""
        if room == 1:
            return fit(text[:1], room)
        if not self.right:
            return fit(text, room)
        cut = fit(text, room - 1)
        return cut.rstrip().rjust(len(cut)) + " "


def needed(columns: Sequence[Column[Any]], rows: Iterable[Any]) -> list[int]:
    """The cells that the longest text of ``rows`` takes in each column that grows; else 0."""
    found = [0] * len(columns)
    growing = [(at, column) for at, column in enumerate(columns) if column.most]
    for row in rows:
        for at, column in growing:
            found[at] = max(found[at], cell_len(visible(column.text(row), column.most)))
    return found


def widths(columns: Sequence[Column[Any]], width: int, longest: Sequence[int]) -> list[int]:
    """Cells of each column in ``width`` of them, 0 for one that is not shown.

    ``longest`` is what :func:`needed` found.
    """
    wide = width >= WIDE
    shown = [wide or not column.roomy for column in columns]
    found = [column.wide if wide else column.narrow for column in columns]
    left = _left(found, shown, width)
    while left < GOOD and found[-1] and 0 in found:
        columns, found, shown = columns[:-1], found[:-1], shown[:-1]
        left = _left(found, shown, width)
    spare = left - int(width * KEPT)
    for at, column in enumerate(columns):
        more = min(longest[at] - found[at], column.most - found[at], spare)
        if shown[at] and more > 0:
            found[at], left, spare = found[at] + more, left - more, spare - more
    left = left if left >= LEAST else 0
    told = [(cells or left) if there else 0 for cells, there in zip(found, shown, strict=True)]
    return [*told, *[0] * (len(longest) - len(told))]


def _left(found: Sequence[int], shown: Sequence[bool], width: int) -> int:
    """Cells beside the columns of a fixed width, and behind each a gap."""
    cells = sum(each for each, there in zip(found, shown, strict=True) if there)
    return max(width - cells - sum(shown), 0)
