"""From a plan to cells, or to nothing when the plan can't be drawn so that it reads right."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from widgets.cycle_picture.canvas import Canvas
from widgets.cycle_picture.grid import EdgePlace, Grid, NodePlace, Role
from widgets.cycle_picture.plan import NOWHERE
from widgets.cycle_picture.scissors import place_scissors
from widgets.cycle_picture.strokes import heading, stroke

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.geometry import Region

    from widgets.cycle_picture.glyphs import Glyphs
    from widgets.cycle_picture.grid import Place
    from widgets.cycle_picture.model import CycleModel
    from widgets.cycle_picture.plan import Plan, Route
    from widgets.cycle_picture.strokes import Stroke

ATTEMPTS = 60
"""Plans that are tried before a coarser form is."""
FRAMED_ROWS = 3
"""Boxes of so many rows have a border."""


def draw_first(plans: Iterable[Plan], model: CycleModel, glyphs: Glyphs) -> Grid | None:
    """Draw the first of ``plans`` that can be drawn; None when none can, or none of ATTEMPTS."""
    tried = (draw(plan, model, glyphs) for plan in islice(plans, ATTEMPTS))
    return next((grid for grid in tried if grid is not None), None)


def draw(plan: Plan, model: CycleModel, glyphs: Glyphs) -> Grid | None:
    """Draw ``plan``; None when areas overlap or leave the grid, or a link could not be told."""
    taken = _taken(plan)
    strokes = _strokes(plan, model, taken) if taken is not None else None
    if taken is None or strokes is None:
        return None
    canvas = Canvas(plan.width, plan.height, glyphs)
    for index, (each, route) in enumerate(zip(strokes, plan.routes, strict=True)):
        canvas.line(index, each.points, _role(model, index, route), dashed=not route.ring)
    for index, (each, route) in enumerate(zip(strokes, plan.routes, strict=True)):
        way = heading(each.head, plan.boxes[model.edges[index].waited_for], each.points)
        if each.head not in canvas.cells or index in model.cuts:
            canvas.write(*each.head, getattr(glyphs, way), _role(model, index, route))
    _texts(canvas, plan, glyphs)
    scissors: dict[int, Place] = {}
    for cut in model.cuts:
        place = place_scissors(canvas, cut, strokes[cut], taken, glyphs)
        if place is None:
            return None
        scissors[cut] = place
    edges = _edges(canvas, strokes, scissors)
    told = (len(edge.cells) >= (plan.least if plan.routes[edge.edge].ring else 2) for edge in edges)
    if not all(told):
        return None
    places = zip(plan.boxes, plan.labels, strict=True)
    nodes = tuple(NodePlace(task, box, label) for task, (box, label) in enumerate(places))
    return Grid(plan.width, plan.height, canvas.rows(), nodes, edges, plan.form)


def _role(model: CycleModel, edge: int, route: Route) -> Role:
    if edge in model.cuts:
        return Role.CUT
    return Role.RING if route.ring else Role.CHORD


def _taken(plan: Plan) -> set[Place] | None:
    """The cells of boxes and labels; None when two share one or one is outside."""
    taken: set[Place] = set()
    for region in (*plan.boxes, *plan.labels):
        if region is NOWHERE:
            continue
        if region.x < 0 or region.y < 0 or region.right > plan.width or region.bottom > plan.height:
            return None
        cells = {(x, y) for x in region.column_range for y in region.line_range}
        if taken & cells:
            return None
        taken |= cells
    return taken


def _strokes(plan: Plan, model: CycleModel, taken: set[Place]) -> list[Stroke] | None:
    heads: dict[Place, Region] = {}
    found: list[Stroke | None] = [None] * len(plan.routes)
    order = sorted(range(len(plan.routes)), key=lambda index: not plan.routes[index].ring)
    for index in order:
        edge, route = model.edges[index], plan.routes[index]
        target = plan.boxes[edge.waited_for]
        each = stroke(route.points, plan.boxes[edge.waiter], target, taken, heads)
        if each is None or (route.ring and not each.clear):
            return None
        if not all(
            0 <= x < plan.width and 0 <= y < plan.height for x, y in (each.head, *each.cells)
        ):
            return None
        heads[each.head] = target
        found[index] = each
    return [each for each in found if each is not None]


def _texts(canvas: Canvas, plan: Plan, glyphs: Glyphs) -> None:
    for box in plan.boxes:
        if plan.framed and box.height == FRAMED_ROWS:
            frame(canvas, box, glyphs.box, Role.BOX)
    for piece in plan.pieces:
        canvas.write(*piece)


def frame(canvas: Canvas, box: Region, signs: str, role: Role) -> None:
    """Draw a border: ``signs`` are the corners clockwise, the level and the upright side."""
    upper_left, upper_right, lower_right, lower_left, level, upright = list(signs)
    inner = level * (box.width - 2)
    canvas.write(box.x, box.y, upper_left + inner + upper_right, role)
    canvas.write(box.x, box.bottom - 1, lower_left + inner + lower_right, role)
    for y in range(box.y + 1, box.bottom - 1):
        canvas.write(box.x, y, upright, role)
        canvas.write(box.right - 1, y, upright, role)


def _edges(
    canvas: Canvas, strokes: list[Stroke], scissors: dict[int, Place]
) -> tuple[EdgePlace, ...]:
    """Where each link shows after all is drawn."""
    places = []
    for index, each in enumerate(strokes):
        lines = {place for place in each.cells if canvas.shows(index, place)}
        marks = {each.head, scissors.get(index, each.head)}
        places.append(EdgePlace(index, frozenset(lines | marks), each.head, scissors.get(index)))
    return tuple(places)
