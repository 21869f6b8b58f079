"""Who waits for whom as a matrix in half blocks: a row a waiter, a column a task waited for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from textual.geometry import Region

from widgets.cycle_picture.drawing import frame
from widgets.cycle_picture.grid import Role

if TYPE_CHECKING:
    from widgets.cycle_picture.canvas import Canvas
    from widgets.cycle_picture.glyphs import Glyphs
    from widgets.cycle_picture.grid import Place
    from widgets.cycle_picture.model import CycleModel

SMALLEST = 4
"""Blocks a side below which a matrix says nothing."""


class Scale(NamedTuple):
    """How large a matrix is drawn."""

    tasks: int
    """Tasks a block, across and down."""
    blocks: int
    """Blocks a side; two blocks are a cell's height, one its width."""

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows with the frame."""
        return self.blocks + 2, -(-self.blocks // 2) + 2


def scale(count: int, width: int, height: int) -> Scale | None:
    """The largest matrix of ``count`` tasks that fits with its frame; None when none says much."""
    most = min(width - 2, (height - 2) * 2)
    if most < SMALLEST:
        return None
    tasks = -(-count // most)
    return Scale(tasks, -(-count // tasks))


def draw_matrix(
    canvas: Canvas, model: CycleModel, at: Place, size: Scale, glyphs: Glyphs
) -> list[Place]:
    """Draw the matrix with its frame at a cell; returns the cell of each link."""
    x, y = at
    frame(canvas, Region(x, y, *size.size), glyphs.box, Role.BOX)
    halves: dict[Place, int] = {}
    roles: dict[Place, Role] = {}
    places = []
    for index, edge in enumerate(model.edges):
        row, column = edge.waiter // size.tasks, edge.waited_for // size.tasks
        place = (x + 1 + column, y + 1 + row // 2)
        halves[place] = halves.get(place, 0) | 1 << row % 2
        ahead = edge.waited_for == (edge.waiter + 1) % len(model.tasks)
        if index in model.cuts:
            roles[place] = Role.CUT
        elif roles.get(place) is not Role.CUT and (ahead or place not in roles):
            roles[place] = Role.RING if ahead else Role.CHORD
        places.append(place)
    for place, bits in halves.items():
        cut = roles[place] is Role.CUT
        canvas.write(*place, glyphs.scissors[0] if cut else glyphs.halves[bits], roles[place])
    return places
