"""The ways of a component's links: along a closed curve where they can, else as chords across."""

from __future__ import annotations

from math import atan2, dist
from typing import TYPE_CHECKING

from widgets.cycle_picture.geometry import chord, ellipse
from widgets.cycle_picture.plan import Route

if TYPE_CHECKING:
    from collections.abc import Sequence

    from widgets.cycle_picture.geometry import Curve, Point
    from widgets.cycle_picture.model import CycleModel

PULL, ASIDE = 0.28, 3.0
"""How far chords bend towards the middle, as a share, and away from one the other way, in dots."""
REACH = 10.0
"""Dots that the small loop of a task that waits for itself goes towards the middle."""


def routes(
    model: CycleModel,
    curve: Curve,
    places: Sequence[float],
    middles: Sequence[Point],
    centre: Point,
) -> tuple[Route, ...]:
    """A route a link, for tasks at ``places`` of ``curve`` with boxes around ``middles``."""
    count = len(model.tasks)
    ends = {(edge.waiter, edge.waited_for) for edge in model.edges}

    def route(start: int, end: int) -> Route:
        if end == (start + 1) % count:
            way = curve.between(places[start], places[end])
            return Route([middles[start], *way, middles[end]], ring=True)
        if start == end:
            return Route(_eye(middles[start], centre), ring=False)
        aside = ASIDE if (end, start) in ends and (end + 1) % count != start else 0.0
        return Route(chord(middles[start], middles[end], centre, PULL, aside), ring=False)

    return tuple(route(edge.waiter, edge.waited_for) for edge in model.edges)


def _eye(middle: Point, centre: Point) -> list[Point]:
    span = dist(middle, centre) or 1.0
    reach = min(REACH, span * 0.8)
    x, y = ((towards - here) / span * reach for here, towards in zip(middle, centre, strict=True))
    back = atan2(-y, -x)
    return ellipse((middle[0] + x, middle[1] + y), (reach, reach), back).between(0.0, 0.0)
