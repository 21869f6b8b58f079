"""A picture as lines for the screen, in the styles that its cells' roles have."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.strip import Strip

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.style import Style

    from widgets.cycle_picture.focus import Lit
    from widgets.cycle_picture.grid import Grid, Place

Marks = dict[int, dict[int, tuple[str, "Lit"]]]
"""What the focus changes, by row and column."""


def by_row(marks: Mapping[Place, tuple[str, Lit]]) -> Marks:
    """What changes, for each row that has any of it."""
    found: Marks = {}
    for (x, y), mark in marks.items():
        found.setdefault(y, {})[x] = mark
    return found


class Painter:
    """One picture in one set of styles; a line without marks is made once."""

    def __init__(self, grid: Grid, styles: Mapping[str, Style]) -> None:
        self.grid, self.styles = grid, styles
        self._plain: dict[int, Strip] = {}

    def line(self, y: int, marks: Marks) -> Strip:
        """Row ``y``, from 0."""
        if y in marks:
            return self._strip(y, marks[y])
        if y not in self._plain:
            self._plain[y] = self._strip(y, {})
        return self._plain[y]

    def _strip(self, y: int, marks: dict[int, tuple[str, Lit]]) -> Strip:
        row: list[tuple[str, str]] = list(self.grid.rows[y])
        for x, (char, mark) in marks.items():
            row[x] = char or row[x][0], mark
        runs = groupby(row, key=lambda cell: cell[1])
        segments = [
            Segment("".join([char for char, _ in run]), self.styles[role]) for role, run in runs
        ]
        return Strip(segments, len(row))
