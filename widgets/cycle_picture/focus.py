"""What changes in a picture when a task has the focus; more than its colours."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from widgets.cycle_picture.canvas import Canvas
from widgets.cycle_picture.drawing import FRAMED_ROWS, frame
from widgets.cycle_picture.grid import EMPTY, Role

if TYPE_CHECKING:
    from textual.geometry import Region

    from widgets.cycle_picture.glyphs import Glyphs
    from widgets.cycle_picture.grid import Grid, NodePlace, Place
    from widgets.cycle_picture.model import CycleModel

ROOM = (" ", "(", ")")
"""What may give way to a bracket."""


class Lit(StrEnum):
    """What a cell is to the task that has the focus."""

    NEAR = "near"
    """Part of one of its links."""
    BOX = "focus"
    """The border of its box."""
    NUMBER = "focus-number"
    """Within its box."""
    LABEL = "focus-label"


def lit(
    grid: Grid, model: CycleModel, task: int | None, glyphs: Glyphs
) -> dict[Place, tuple[str, Lit]]:
    """For the cells that change: another character, or "" for the same, and what they are."""
    found: dict[Place, tuple[str, Lit]] = {}
    if task is None:
        return found
    for edge in grid.edges:
        ends = model.edges[edge.edge]
        if task in {ends.waiter, ends.waited_for} and edge.edge not in model.cuts:
            # where it crosses the cut, that stays what it is
            near = (place for place in edge.cells if _role(grid, place) is not Role.CUT)
            found.update(dict.fromkeys(near, ("", Lit.NEAR)))
    for node in grid.nodes:
        if node.task == task:
            found.update(_lit_node(grid, node, glyphs))
    return found


def _lit_node(grid: Grid, node: NodePlace, glyphs: Glyphs) -> dict[Place, tuple[str, Lit]]:
    found: dict[Place, tuple[str, Lit]] = {}
    label = (place for place in _cells(node.label) if grid.rows[place[1]][place[0]] != EMPTY)
    found.update(dict.fromkeys(label, ("", Lit.LABEL)))
    found.update(dict.fromkeys(_cells(node.box), ("", Lit.NUMBER)))
    if node.box.height == FRAMED_ROWS:
        border = Canvas(grid.width, grid.height, glyphs)
        frame(border, node.box, glyphs.focus, Role.BOX)
        found.update({place: (cell.char, Lit.BOX) for place, cell in border.cells.items()})
        return found
    row, first, last = grid.rows[node.box.y], node.box.x, node.box.right - 1
    if row[first].char in ROOM and row[last].char in ROOM:
        found[first, node.box.y] = ("[", Lit.NUMBER)
        found[last, node.box.y] = ("]", Lit.NUMBER)
    return found


def _role(grid: Grid, place: Place) -> Role:
    return grid.rows[place[1]][place[0]].role


def _cells(region: Region) -> list[Place]:
    return [(x, y) for y in region.line_range for x in region.column_range]
