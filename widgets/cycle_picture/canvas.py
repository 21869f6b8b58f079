"""Cells being drawn on: texts on top, lines of dots beneath them."""

from __future__ import annotations

from itertools import pairwise
from math import floor
from typing import TYPE_CHECKING

from rich.cells import split_graphemes

from widgets.cycle_picture.geometry import DOTS_X, DOTS_Y, cell_of, cells_of, walked, widened
from widgets.cycle_picture.glyphs import BITS
from widgets.cycle_picture.grid import EMPTY, Cell, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.geometry import Offset

    from widgets.cycle_picture.geometry import Point
    from widgets.cycle_picture.glyphs import Glyphs
    from widgets.cycle_picture.grid import Grid, Place

DASH, GAP = 6.0, 3.0
"""Dots drawn and left out, in turn, of a chord."""
RANK = {Role.CHORD: 0, Role.RING: 1, Role.CUT: 2}
"""Which link a cell shows the style of, when several cross in it."""


class Canvas:
    """A grid of ``width`` by ``height`` cells."""

    def __init__(self, width: int, height: int, glyphs: Glyphs) -> None:
        self.width, self.height, self._glyphs = width, height, glyphs
        self.cells: dict[Place, Cell] = {}
        """What stands on top of lines."""
        self.owners: dict[Place, set[int]] = {}
        """The links whose line is in a cell."""
        self._bits: dict[Place, int] = {}
        self._slopes: dict[Place, tuple[float, float]] = {}
        self._roles: dict[Place, Role] = {}
        self._solid: set[Place] = set()

    def write(self, x: int, y: int, text: str, role: Role) -> None:
        """Put ``text`` at a cell, a grapheme a cell, or two for a wide one."""
        for start, end, size in split_graphemes(text)[0]:
            self.cells[x, y] = Cell(text[start:end], role)
            if size > 1:
                self.cells[x + 1, y] = Cell("", role)
            x += size

    def put(self, grid: Grid, at: Offset) -> None:
        """Lay another picture over this one from a cell on; where it is blank, nothing changes."""
        for y, row in enumerate(grid.rows):
            for x, cell in enumerate(row):
                if cell.role is not Role.BLANK:
                    self.cells[x + at.x, y + at.y] = cell

    def line(self, owner: int, points: Sequence[Point], role: Role, *, dashed: bool) -> None:
        """Draw a link: two dots wide, or dashed and one dot wide."""
        inked = points
        if dashed:
            ways = zip(points, walked(points), strict=True)
            inked = [point for point, way in ways if way % (DASH + GAP) < DASH]
        own = set(cells_of(inked))
        for place in own:
            self.owners.setdefault(place, set()).add(owner)
        self._dots(inked)
        if not dashed:
            self._solid |= own
            self._dots(point for point in widened(points) if cell_of(point) in own)
        above = {place for place in own if RANK[role] >= RANK[self._roles.get(place, role)]}
        self._roles.update(dict.fromkeys(above, role))
        if not self._glyphs.braille:
            self._lean(points, set(inked), above)

    def _dots(self, points: Iterable[Point]) -> None:
        bits = self._bits
        for x, y in {(floor(x), floor(y)) for x, y in points}:
            place = x // DOTS_X, y // DOTS_Y
            bits[place] = bits.get(place, 0) | BITS[x % DOTS_X][y % DOTS_Y]

    def _lean(self, points: Sequence[Point], inked: set[Point], above: set[Place]) -> None:
        """Note which way the line goes in each cell ``above``; only ASCII needs it."""
        for before, point in pairwise(points):
            place = cell_of(point)
            if place in above and point in inked:
                dx, dy = self._slopes.get(place, (0.0, 0.0))
                self._slopes[place] = (dx + point[0] - before[0], dy + point[1] - before[1])

    def shows(self, owner: int, place: Place) -> bool:
        """Whether a cell shows the line of a link."""
        inked = place in self._bits and owner in self.owners[place]
        return inked and place not in self.cells

    def rub_out(self, place: Place) -> None:
        """Take the line out of a cell."""
        self._bits.pop(place, None)

    def rows(self) -> tuple[tuple[Cell, ...], ...]:
        """All cells."""
        rows = [[EMPTY] * self.width for _ in range(self.height)]
        for place, bits in self._bits.items():
            if self._within(place):
                rows[place[1]][place[0]] = self._line_cell(place, bits)
        for place, cell in self.cells.items():
            if self._within(place):
                rows[place[1]][place[0]] = cell
        return tuple(map(tuple, rows))

    def _within(self, place: Place) -> bool:
        return 0 <= place[0] < self.width and 0 <= place[1] < self.height

    def _line_cell(self, place: Place, bits: int) -> Cell:
        dashed = place not in self._solid
        slope = self._slopes.get(place, (0.0, 0.0))
        return Cell(self._glyphs.stroke(bits, slope, dashed=dashed), self._roles[place])
