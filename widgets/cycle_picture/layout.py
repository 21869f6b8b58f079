"""The picture of a cycle: a pure function from a model and a size to cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from widgets.cycle_picture import ring, track
from widgets.cycle_picture.canvas import Canvas
from widgets.cycle_picture.drawing import draw_first
from widgets.cycle_picture.glyphs import ASCII, UNICODE
from widgets.cycle_picture.grid import Grid, Role
from widgets.cycle_picture.large import draw_large
from widgets.cycle_picture.tiles import draw_tiles
from widgets.safe_text import shorten

if TYPE_CHECKING:
    from widgets.cycle_picture.glyphs import Glyphs
    from widgets.cycle_picture.model import CycleModel

MOST_ACROSS = 60
"""Links across a racetrack beyond which they can't be told apart."""
MOST_IN_RING, MOST_ON_TRACK = 10, 40
"""Tasks up to which a component is drawn as a ring, and as a racetrack."""


def picture(model: CycleModel, width: int, height: int, *, ascii_only: bool = False) -> Grid:
    """``model`` in ``width`` by ``height`` cells.

    One task is a loop, two are twin arcs, up to ten a ring, up to forty a racetrack, and more are
    shortest cycles and a matrix. Where no ring goes through all tasks and there is room, each
    cycle is a ring of its own. With little room labels shrink to ids, then to numbers with a
    legend, and a racetrack becomes a matrix, as it does with too many links across. Where nothing
    fits, the grid has no ``form``, no nodes and no edges, and says so.
    """
    glyphs = ASCII if ascii_only else UNICODE
    width, height = max(width, 0), max(height, 0)
    if not model.tasks:
        return say("nothing to draw", width, height, glyphs)
    count = len(model.tasks)
    grid = None
    if 2 < count <= MOST_ON_TRACK:  # noqa: PLR2004 - fewer are always one ring
        grid = draw_tiles(model, width, height, glyphs)
    crowded = count > MOST_IN_RING and len(model.edges) - count > MOST_ACROSS
    if grid is None and count <= MOST_ON_TRACK and not crowded:
        plans = (ring if count <= MOST_IN_RING else track).plans(model, width, height, glyphs)
        grid = draw_first(plans, model, glyphs)
    if grid is None and count > MOST_IN_RING:
        grid = draw_large(model, width, height, glyphs)
    return grid or say(f"{count:,} tasks do not fit here: enlarge", width, height, glyphs)


def say(text: str, width: int, height: int, glyphs: Glyphs) -> Grid:
    """A picture of nothing but a line of text in its middle."""
    canvas = Canvas(width, height, glyphs)
    line = glyphs.show(shorten(text, width))
    if height and line:
        canvas.write((width - len(line)) // 2, height // 2, line, Role.NOTE)
    return Grid(width, height, canvas.rows())
