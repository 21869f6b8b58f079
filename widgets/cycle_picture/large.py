"""The picture of more than forty tasks: shortest cycles at the left, the matrix at the right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.geometry import Offset

from widgets.cycle_picture.canvas import Canvas
from widgets.cycle_picture.drawing import draw_first
from widgets.cycle_picture.grid import Role
from widgets.cycle_picture.ids import cut_alike, shown_id
from widgets.cycle_picture.labels import LEAST_ID
from widgets.cycle_picture.matrix import draw_matrix, scale
from widgets.cycle_picture.ordering import short_cycles
from widgets.cycle_picture.parts import Collage, part_of
from widgets.cycle_picture.ring import plans as ring_plans
from widgets.safe_text import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from widgets.cycle_picture.glyphs import Glyphs
    from widgets.cycle_picture.grid import Grid, Place
    from widgets.cycle_picture.model import CycleModel, CycleTask
    from widgets.cycle_picture.parts import Part

NARROWEST = 26
"""Columns that cycles need beside a matrix."""
RING_ROWS = 9
"""Rows from which a cycle is drawn as a ring."""
RING_TASKS = 10
TOLD = 40
"""Columns from which a line says how many ids it leaves out."""
CYCLES = 12
"""Cycles that are looked for."""


def draw_large(model: CycleModel, width: int, height: int, glyphs: Glyphs) -> Grid | None:
    """Draw ``model``; None when there is no room for a matrix."""
    beside = width - NARROWEST - 2
    size = scale(len(model.tasks), beside, height)
    if size is None or size.blocks * 2 < min(len(model.tasks), width - 2, 2 * (height - 4)):
        return _stacked(model, width, height, glyphs)
    canvas = Canvas(width, height, glyphs)
    left = width - size.size[0] - 2
    cells = draw_matrix(canvas, model, (left + 2, (height - size.size[1]) // 2), size, glyphs)
    hints = [f"{glyphs.halves[1]}{glyphs.halves[2]} row waits for column"]
    if size.tasks > 1:
        hints.append(f"a block: {size.tasks}x{size.tasks} tasks")
    for row, hint in enumerate(hints):
        canvas.write(0, height - len(hints) + row, shorten(hint, left), Role.NOTE)
    return _finish(model, canvas, cells, (left, height - len(hints) - 1), glyphs)


def _stacked(model: CycleModel, width: int, height: int, glyphs: Glyphs) -> Grid | None:
    lines = 2 if height > 8 else 1  # noqa: PLR2004 - where a second line is affordable
    size = scale(len(model.tasks), width, height - lines)
    if size is None:
        return None
    canvas = Canvas(width, height, glyphs)
    cells = draw_matrix(canvas, model, ((width - size.size[0]) // 2, lines), size, glyphs)
    return _finish(model, canvas, cells, (width, lines), glyphs)


def _finish(
    model: CycleModel, canvas: Canvas, cells: Sequence[Place], room: Place, glyphs: Glyphs
) -> Grid:
    """Put the cycles into the upper left corner of ``room`` and make the grid."""
    width, height = room
    collage = Collage(model, canvas)
    used = 0
    if 0 < len(model.cycle) <= RING_TASKS and height >= RING_ROWS:
        part = part_of(model, model.cycle)
        grid = _ring(part, width, height, glyphs)
        if grid is not None:
            used = grid.height
            collage.add(part, grid, Offset(0, 0))
    for edge, cell in enumerate(cells):
        collage.mark(edge, {cell})
    lines = _cycles(model, width, glyphs)[1 if used else 0 :]
    for row, line in enumerate(lines[: max(height - used, 0)]):
        canvas.write(0, used + row, line, Role.ID)
    return collage.finish("matrix")


def _ring(part: Part, width: int, height: int, glyphs: Glyphs) -> Grid | None:
    heights = (max(height * 2 // 3, RING_ROWS), height)
    plans = (plan for rows in heights for plan in ring_plans(part.model, width, rows, glyphs))
    return draw_first(plans, part.model, glyphs)


def _cycles(model: CycleModel, width: int, glyphs: Glyphs) -> list[str]:
    """Shortest cycles as lines of ids, the known one first."""
    ends = [(edge.waiter, edge.waited_for) for edge in model.edges]
    cycles = short_cycles(len(model.tasks), ends, model.cycle, CYCLES)
    return [_line([model.tasks[task] for task in cycle], width, glyphs) for cycle in cycles]


def _line(cycle: Sequence[CycleTask], width: int, glyphs: Glyphs) -> str:
    """The ids around a cycle; where it is too long, as many as fit from both ends."""
    arrow = f" {glyphs.show('→')} "
    around = [*cycle, cycle[0]]
    longest = min(max(width // 3 - len(arrow), 1), LEAST_ID)

    def told(kept: int) -> str:
        """With so many of them, and the number of those left out in their place."""
        half = (kept + 1) // 2
        begin, end = around[:half], around[len(around) - kept + half :]
        left = len(around) - kept
        gap = [f"… {left:,} more …" if width >= TOLD else "…"] if left else []
        names = cut_alike([shown_id(each.id) for each in (*begin, *end)], longest)
        parts = [*names[:half], *gap, *names[half:]]
        return arrow.join(glyphs.show(part) for part in parts)

    line, kept = told(2), 3
    while kept <= len(around) and cell_len(longer := told(kept)) <= width:
        line, kept = longer, kept + 1
    whole = told(len(around)) if len(around) * (1 + len(arrow)) <= width else line
    return glyphs.show(shorten(whole if cell_len(whole) <= width else line, width))
