"""Closed curves and chords as points, in dots.

A braille cell is two dots wide and four high and a terminal's cell about twice as high as wide, so
a dot is about square: what is round in dots is round on the screen. x grows to the right, y down.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate, pairwise
from math import ceil, cos, dist, floor, hypot, pi, sin
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

DOTS_X, DOTS_Y = 2, 4
"""Dots of a cell."""
STEP = 0.5
"""Dots between the points of a curve."""
COARSE = 8
"""Points that a first search for the nearest one passes over."""

Point = tuple[float, float]


class Curve:
    """A closed curve, clockwise, as points close together; places are dots from its start."""

    def __init__(self, points: Sequence[Point]) -> None:
        self.points = [*points, points[0]]
        """Closed: the last is the first."""
        self._sums = walked(self.points)
        self.length = self._sums[-1]

    def at(self, place: float) -> Point:
        """The point at ``place``."""
        return self.points[min(bisect_left(self._sums, place % self.length), len(self.points) - 1)]

    def between(self, start: float, end: float) -> list[Point]:
        """The way from ``start`` on to ``end``; once around when they are the same place."""
        start %= self.length
        end = start + ((end - start) % self.length or self.length)
        first, last = bisect_left(self._sums, start), bisect_left(self._sums, end)
        if end <= self.length:
            return self.points[first : last + 1]
        return self.points[first:-1] + self.points[: bisect_left(self._sums, end - self.length) + 1]

    def nearest(self, point: Point) -> float:
        """The place on the curve that is nearest to ``point``."""
        about = _nearest(self.points[::COARSE], point) * COARSE
        first = max(about - COARSE, 0)
        index = first + _nearest(self.points[first : about + COARSE], point)
        return self._sums[index] % self.length


def _nearest(points: Sequence[Point], point: Point) -> int:
    away = [dist(each, point) for each in points]
    return away.index(min(away))


def walked(points: Sequence[Point]) -> list[float]:
    """How far each point is along the way, in dots."""
    return list(accumulate(map(dist, points, points[1:]), initial=0.0)) if points else []


def ellipse(centre: Point, radii: tuple[float, float], start: float) -> Curve:
    """An ellipse from the angle ``start`` (0 is to the right, a quarter turn down is pi/2)."""
    steps = max(ceil(2 * pi * max(radii) / STEP), 8)
    turn = 2 * pi / steps
    return Curve(
        [
            (
                centre[0] + radii[0] * cos(start + turn * step),
                centre[1] + radii[1] * sin(start + turn * step),
            )
            for step in range(steps)
        ]
    )


def rounded(left: float, top: float, right: float, bottom: float, radius: float) -> Curve:
    """A rectangle with round corners, from the left end of its upper side."""
    radius = max(min(radius, (right - left) / 2, (bottom - top) / 2), 0.0)
    corners = (
        (right - radius, top + radius, -pi / 2),
        (right - radius, bottom - radius, 0.0),
        (left + radius, bottom - radius, pi / 2),
        (left + radius, top + radius, pi),
    )
    steps = max(ceil(pi / 2 * radius / STEP), 1)
    outline: list[Point] = []
    for x, y, start in corners:
        angles = (start + pi / 2 * step / steps for step in range(steps + 1))
        outline += [(x + radius * cos(angle), y + radius * sin(angle)) for angle in angles]
    filled: list[Point] = []
    for a, b in pairwise([outline[-1], *outline]):
        filled += line(a, b)
    return Curve(filled)


def line(start: Point, end: Point) -> list[Point]:
    """Points from ``start`` up to and without ``end``."""
    steps = max(ceil(dist(start, end) / STEP), 1)
    return [
        (
            start[0] + (end[0] - start[0]) * step / steps,
            start[1] + (end[1] - start[1]) * step / steps,
        )
        for step in range(steps)
    ]


def chord(start: Point, end: Point, centre: Point, pull: float, aside: float) -> list[Point]:
    """A quadratic Bezier curve from ``start`` to ``end``.

    Its middle is drawn towards ``centre`` by the share ``pull`` and to the right of its direction
    by ``aside`` dots, so that it parts from the ring, and from a chord the other way.
    """
    span = dist(start, end) or 1.0
    middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    control = (
        middle[0] + (centre[0] - middle[0]) * pull * 2 - (end[1] - start[1]) / span * aside * 2,
        middle[1] + (centre[1] - middle[1]) * pull * 2 + (end[0] - start[0]) / span * aside * 2,
    )
    length = dist(start, control) + dist(control, end)
    steps = max(ceil(length / STEP), 2)
    (x, y), (over_x, over_y), (end_x, end_y) = start, control, end
    shares = [step / steps for step in range(steps + 1)]
    weights = [((1 - t) ** 2, 2 * t * (1 - t), t * t) for t in shares]
    return [(a * x + b * over_x + c * end_x, a * y + b * over_y + c * end_y) for a, b, c in weights]


def widened(points: Sequence[Point]) -> list[Point]:
    """The same way a dot to its right, so that both together are a line two dots wide."""
    moved: list[Point] = []
    for (x, y), (next_x, next_y) in pairwise(points):
        span = hypot(next_x - x, next_y - y) or 1.0
        moved.append((x - (next_y - y) / span, y + (next_x - x) / span))
    return moved


def cell_of(point: Point) -> tuple[int, int]:
    """The cell, column and row, that ``point`` is in."""
    return floor(point[0]) // DOTS_X, floor(point[1]) // DOTS_Y


def cells_of(points: Iterable[Point]) -> list[tuple[int, int]]:
    """The cell of each point; in one go, as there are thousands."""
    return [(floor(x) // DOTS_X, floor(y) // DOTS_Y) for x, y in points]


def centre_of(cell_x: float, cell_y: float) -> Point:
    """The middle of a cell."""
    return cell_x * DOTS_X + DOTS_X / 2, cell_y * DOTS_Y + DOTS_Y / 2
