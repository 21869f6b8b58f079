"""Several rings side by side: a component that no single ring goes through, a ring a cycle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.geometry import Offset

from widgets.cycle_picture import ring
from widgets.cycle_picture.canvas import Canvas
from widgets.cycle_picture.drawing import draw_first
from widgets.cycle_picture.ordering import cycle_cover
from widgets.cycle_picture.parts import Collage, part_of

if TYPE_CHECKING:
    from widgets.cycle_picture.glyphs import Glyphs
    from widgets.cycle_picture.grid import Grid
    from widgets.cycle_picture.model import CycleModel
    from widgets.cycle_picture.parts import Part

MOST_TILES, MOST_IN_TILE = 6, 10
NARROWEST, LOWEST = 26, 8
"""Columns and rows of the smallest tile."""
GUTTER = 2


def draw_tiles(model: CycleModel, width: int, height: int, glyphs: Glyphs) -> Grid | None:
    """Draw ``model``; None when one ring would do, or there would be too many or too small ones."""
    ends = [(edge.waiter, edge.waited_for) for edge in model.edges]
    cycles = cycle_cover(len(model.tasks), ends, model.cycle, MOST_TILES)
    if cycles is None or len(cycles) < 2 or max(map(len, cycles)) > MOST_IN_TILE:  # noqa: PLR2004 - one is a ring
        return None
    parts: list[Part] = []
    for cycle in cycles:
        covered = [edge for part in parts for edge in part.edges]
        parts.append(part_of(model, cycle, covered))
    canvas = Canvas(width, height, glyphs)
    collage = Collage(model, canvas)
    columns = _columns(len(parts), width, height)
    rows = -(-len(parts) // columns)
    across, down = width // columns, height // rows
    if across - GUTTER < NARROWEST or down < LOWEST:
        return None
    for index, part in enumerate(parts):
        plans = ring.plans(part.model, across - GUTTER, down, glyphs)
        grid = draw_first(plans, part.model, glyphs)
        if grid is None:
            return None
        at = Offset(index % columns * across + GUTTER // 2, index // columns * down)
        collage.add(part, grid, at)
    return collage.finish("rings")


def _columns(tiles: int, width: int, height: int) -> int:
    """Tiles in a row, so that the smaller side of each, a cell being twice as high, is large."""
    return max(
        range(1, tiles + 1),
        key=lambda columns: min(width / columns / 3, height / -(-tiles // columns)),
    )
