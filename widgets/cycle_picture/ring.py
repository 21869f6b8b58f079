"""The ring, for up to ten tasks: numbered boxes on a circle, labels around it, chords across."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from math import pi
from typing import TYPE_CHECKING, NamedTuple

from textual.geometry import Region

from widgets.cycle_picture.geometry import DOTS_X, DOTS_Y, cells_of, centre_of, ellipse
from widgets.cycle_picture.grid import Role
from widgets.cycle_picture.labels import Freedom, Shape, Wording, place_label, spots
from widgets.cycle_picture.legend import legend
from widgets.cycle_picture.plan import NOWHERE, Piece, Plan
from widgets.cycle_picture.routes import routes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from widgets.cycle_picture.geometry import Curve, Point
    from widgets.cycle_picture.glyphs import Glyphs
    from widgets.cycle_picture.model import CycleModel

FORMS = {1: "loop", 2: "twins"}
"""What a ring of so many tasks is called; any other is a ring."""
FRAMED = 3
"""Rows of a box with a border; one without has one."""
SHAPES = (
    (FRAMED, Shape(2, title=True)),
    (FRAMED, Shape(1, title=True)),
    (1, Shape(1, title=True)),
    (FRAMED, Shape(1, title=False)),
    (1, Shape(1, title=False)),
)
"""Rows of a box and its label, best first."""
STRETCHES = (1.0, 1.3, 1.7, 2.2)
"""Widths of the ring, as multiples of its height, best first."""
FLAT_STRETCHES = (1.7, 2.2, 1.3)
"""The same for two tasks, side by side."""
SHARES = (1.0, 0.85, 0.7, 0.55, 0.4)
"""Heights that are tried, as parts of the greatest."""
LYING = 2
"""Up to so many tasks lie level: the first at the left."""
EDGE = 0.9
"""Dots that the ring goes beyond a middle, so that its two dots' width fill a cell evenly."""


class Size(NamedTuple):
    """The ring's measures, in cells."""

    middle: tuple[float, int]
    """Column and row; a column of .5 is the border between two cells."""
    rows: int
    """From the middle row to the lowest."""
    stretch: float

    @lru_cache(maxsize=64)  # noqa: B019 - a value, not an object
    def curve(self, start: float) -> Curve:
        """The ring, such that its outermost dots are the outermost of their cells."""
        x, y = centre_of(*self.middle)
        across = (self.rows * DOTS_Y + EDGE) * self.stretch
        across -= (x + across - EDGE - 1) % DOTS_X
        return ellipse((x, y), (across, self.rows * DOTS_Y + EDGE), start)


def plans(model: CycleModel, width: int, height: int, glyphs: Glyphs) -> Iterator[Plan]:
    """Plans for ``model`` in so many cells, best first; they may turn out not to be drawable."""
    words = [Wording.of(task, glyphs) for task in model.tasks]
    for rows, shape in SHAPES:
        for size in _sizes(model, rows, width, height, margin=rows // 2 + 1):
            plan = _plan(model, words, rows, shape, size, (width, height), glyphs)
            if plan is not None:
                yield plan
    yield from _explained(model, words, width, height, glyphs)


def _explained(
    model: CycleModel, words: list[Wording], width: int, height: int, glyphs: Glyphs
) -> Iterator[Plan]:
    """Numbers alone, and a legend at the right or below."""
    across = min(2 * height + 4, width // 2)
    down = height - len(words) - 1
    for area, rest in (
        ((across, height), Region(across + 2, 0, width - across - 2, height)),
        ((width, down), Region(0, down + 1, width, len(words))),
    ):
        explained = legend(model, words, rest, glyphs)
        if explained is None:
            continue
        labels, pieces = explained
        for size in _sizes(model, 1, *area, margin=0):
            plan = _plan(model, words, 1, None, size, area, glyphs)
            if plan is not None:
                yield replace(
                    plan,
                    width=width,
                    height=height,
                    labels=tuple(labels),
                    pieces=(*plan.pieces, *pieces),
                )


def _sizes(model: CycleModel, rows: int, width: int, height: int, *, margin: int) -> Iterator[Size]:
    """Sizes worth trying, largest and roundest first; ``margin`` rows stay above and below."""
    count, box = len(model.tasks), _box_width(model.digits, rows)
    margin = 0 if count <= LYING else margin
    top, bottom = margin, height - 1 - (margin if count % 2 == 0 else 0)
    column = (width - 1) // 2 + (0.0 if box % 2 else 0.5)
    row = (height - 1) // 2 if count <= LYING else (top + bottom) // 2
    pleasant = 3 if count <= LYING else 3 + count
    most = min((bottom - top) // 2, pleasant, int(column - box / 2) // 2)
    stretches = FLAT_STRETCHES if count == LYING else STRETCHES
    for smaller in dict.fromkeys(round(most * share) for share in SHARES):
        for stretch in stretches:
            if smaller > 0 and 2 * smaller * stretch + box / 2 <= column:
                yield Size((column, row), smaller, stretch)


def _plan(
    model: CycleModel,
    words: list[Wording],
    rows: int,
    shape: Shape | None,
    size: Size,
    area: tuple[int, int],
    glyphs: Glyphs,
) -> Plan | None:
    count = len(words)
    curve = size.curve(pi if count <= LYING else -pi / 2)
    places = [curve.length * index / count for index in range(count)]
    boxes = [_box(curve.at(place), _box_width(model.digits, rows), rows) for place in places]
    if _crowded(boxes, area):
        return None
    labels, pieces = (
        [NOWHERE] * count,
        [_number(model.number(index), box) for index, box in enumerate(boxes)],
    )
    if shape is not None:
        free = Freedom(*area)
        free.take(cells_of((x + aside, y) for x, y in curve.points for aside in (-1.0, 1.0)))
        placed = _labels(words, boxes, shape, size, free, glyphs)
        if placed is None:
            return None
        labels, texts = placed
        pieces += texts
    middles = [centre_of(box.x + (box.width - 1) / 2, box.y + box.height // 2) for box in boxes]
    return Plan(
        FORMS.get(count, "ring"),
        *area,
        tuple(boxes),
        tuple(labels),
        tuple(pieces),
        routes(model, curve, places, middles, centre_of(*size.middle)),
        least=3 if rows == FRAMED else 2,
    )


def _labels(
    words: list[Wording],
    boxes: list[Region],
    shape: Shape,
    size: Size,
    free: Freedom,
    glyphs: Glyphs,
) -> tuple[list[Region], list[Piece]] | None:
    for box in boxes:
        free.take_region(box)
    regions, pieces = [], []
    for each, box in zip(words, boxes, strict=True):
        side = (box.x + (box.width - 1) / 2 - size.middle[0]) / (2 * size.rows * size.stretch)
        above = box.y + box.height // 2 <= size.middle[1]
        found = place_label(each, shape, spots(box, shape.lines, side, above=above), free, glyphs)
        if found is None:
            return None
        regions.append(found[0])
        free.take_region(found[0])
        pieces += found[1]
    return regions, pieces


def _box_width(digits: int, rows: int) -> int:
    return digits + (4 if rows == FRAMED else 2)


def _box(point: Point, width: int, rows: int) -> Region:
    x, y = point[0] / DOTS_X - width / 2, point[1] / DOTS_Y - rows / 2
    return Region(round(x), round(y), width, rows)


def _crowded(boxes: list[Region], area: tuple[int, int]) -> bool:
    """Whether a box is outside, or two have no cell between them."""
    inside = Region(0, 0, *area)
    if not all(inside.contains_region(box) for box in boxes):
        return True
    return any(
        box.grow((1, 1, 1, 1)).overlaps(other)
        for index, box in enumerate(boxes)
        for other in boxes[:index]
    )


def _number(number: int, box: Region) -> Piece:
    inner = str(number).rjust(box.width - (4 if box.height == FRAMED else 2))
    if box.height == FRAMED:
        return Piece(box.x + 1, box.y + 1, f" {inner} ", Role.NUMBER)
    return Piece(box.x, box.y, f"({inner})", Role.NUMBER)
