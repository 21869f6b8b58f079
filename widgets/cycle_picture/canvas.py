"""Cells being drawn on: texts on top, lines of dots beneath them."""

from __future__ import annotations

from math import dist
from typing import TYPE_CHECKING

from rich.cells import split_graphemes

from widgets.cycle_picture.geometry import DOTS_X, DOTS_Y, cell_of, widened
from widgets.cycle_picture.glyphs import BITS
from widgets.cycle_picture.grid import EMPTY, Cell, Role

if TYPE_CHECKING:
    from collections.abc import Sequence

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
        walked = 0.0
        before = points[0] if points else (0.0, 0.0)
        for point in points:
            walked += dist(before, point)
            if not dashed or walked % (DASH + GAP) < DASH:
                self._ink(owner, point, before, role)
                if not dashed:
                    self._solid.add(cell_of(point))
            before = point
        for point in () if dashed else widened(points):
            if owner in self.owners.get(cell_of(point), ()):
                self._bit(point)

    def _ink(self, owner: int, point: Point, before: Point, role: Role) -> None:
        place = cell_of(point)
        self.owners.setdefault(place, set()).add(owner)
        self._bit(point)
        if RANK[role] >= RANK.get(self._roles.get(place, role), 0):
            self._roles[place] = role
            dx, dy = self._slopes.get(place, (0.0, 0.0))
            self._slopes[place] = (dx + point[0] - before[0], dy + point[1] - before[1])

    def _bit(self, point: Point) -> None:
        place = cell_of(point)
        bit = BITS[int(point[0]) % DOTS_X][int(point[1]) % DOTS_Y]
        self._bits[place] = self._bits.get(place, 0) | bit

    def shows(self, owner: int, place: Place) -> bool:
        """Whether a cell shows the line of a link."""
        inked = place in self._bits and owner in self.owners[place]
        return inked and place not in self.cells

    def rub_out(self, place: Place) -> None:
        """Take the line out of a cell."""
        self._bits.pop(place, None)

    def rows(self) -> tuple[tuple[Cell, ...], ...]:
        """All cells."""
        return tuple(
            tuple(self._cell((x, y)) for x in range(self.width)) for y in range(self.height)
        )

    def _cell(self, place: Place) -> Cell:
        if place in self.cells:
            return self.cells[place]
        bits = self._bits.get(place, 0)
        if not bits:
            return EMPTY
        dashed = place not in self._solid
        char = self._glyphs.stroke(bits, self._slopes[place], dashed=dashed)
        return Cell(char, self._roles[place])
