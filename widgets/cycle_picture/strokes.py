"""The way of one link as cells: cut off at the boxes it joins, with a place for its arrowhead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from widgets.cycle_picture.geometry import cell_of

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from textual.geometry import Region

    from widgets.cycle_picture.geometry import Point
    from widgets.cycle_picture.grid import Place


@dataclass(frozen=True, slots=True)
class Stroke:
    """The visible part of a link's way."""

    points: list[Point]
    """Up to the arrowhead, without it."""
    cells: list[Place]
    """Those of ``points`` that nothing hides, in order, each once."""
    head: Place
    clear: bool
    """Whether no box or label hides any of it."""


def stroke(
    points: Sequence[Point],
    source: Region,
    target: Region,
    taken: Container[Place],
    heads: Mapping[Place, Region],
) -> Stroke | None:
    """Follow ``points``; None when no cell beside ``target`` can take the arrowhead.

    ``taken`` are the cells of boxes and labels, ``heads`` the arrowheads there are, by the box
    they point at; two at the same box may share a cell.
    """
    places = [cell_of(point) for point in points]
    start, end = _ends(places, source, target)
    around = target.grow((1, 1, 1, 1))
    for last in range(end - 1, start - 1, -1):
        place = places[last]
        if not around.contains(*place):
            return None
        if place not in taken and heads.get(place, target) == target:
            break
    else:
        return None
    way = [
        (place, point) for place, point in zip(places[start:last], points[start:last], strict=True)
    ]
    shown = [(place, point) for place, point in way if place != places[last]]
    cells = dict.fromkeys(place for place, _ in shown if place not in taken)
    return Stroke(
        [point for place, point in shown if place not in taken],
        list(cells),
        places[last],
        clear=not any(place in taken for place in places[start:end]),
    )


def _ends(places: Sequence[Place], source: Region, target: Region) -> tuple[int, int]:
    """Where the way has left ``source``, and where it is in ``target`` again."""
    start = 0
    if source == target:
        while start < len(places) and source.contains(*places[start]):
            start += 1
        end = start
        while end < len(places) and not target.contains(*places[end]):
            end += 1
        return start, end
    end = next((i for i, place in enumerate(places) if target.contains(*place)), len(places))
    start = next((i for i in range(end - 1, -1, -1) if source.contains(*places[i])), -1) + 1
    return start, end


def heading(head: Place, target: Region, points: Sequence[Point]) -> str:
    """Which way an arrowhead points: right, left, down or up; by the way itself at a corner."""
    level = (head[0] < target.x) - (head[0] >= target.right)
    upright = (head[1] < target.y) - (head[1] >= target.bottom)
    if level and upright and len(points) > 1:
        (x, y), (end_x, end_y) = points[max(-8, -len(points))], points[-1]
        if abs(end_x - x) > abs(end_y - y):
            upright = 0
        else:
            level = 0
    if level:
        return "right" if level > 0 else "left"
    return "down" if upright > 0 else "up"
