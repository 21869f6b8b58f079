"""The way of one link as cells: cut off at the boxes it joins, with a place for its arrowhead."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from widgets.cycle_picture.geometry import cells_of

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
    runs = _runs(points)
    start, end = _ends(runs, source, target)
    head = _head(runs[start:end], target, taken, heads)
    if head is None:
        return None
    last = start + head
    shown = [
        run for run in runs[start:last] if run.place != runs[last].place and run.place not in taken
    ]
    return Stroke(
        [point for run in shown for point in points[run.first : run.end]],
        list(dict.fromkeys(run.place for run in shown)),
        runs[last].place,
        clear=not any(run.place in taken for run in runs[start:end]),
    )


class _Run(NamedTuple):
    """Points one after the other in one cell; the way has far fewer of these than points."""

    place: Place
    first: int
    end: int


def _runs(points: Sequence[Point]) -> list[_Run]:
    places = cells_of(points)
    starts = [0, *(i for i, (a, b) in enumerate(pairwise(places), 1) if a != b)]
    return [_Run(places[first], first, end) for first, end in pairwise((*starts, len(places)))]


def _ends(runs: Sequence[_Run], source: Region, target: Region) -> tuple[int, int]:
    """Where the way has left ``source``, and where it is in ``target`` again."""
    within = [target.contains(*run.place) for run in runs]
    if source == target:
        start = within.index(False) if False in within else len(runs)
        end = within.index(True, start) if True in within[start:] else len(runs)
        return start, end
    end = within.index(True) if True in within else len(runs)
    left = (i for i in range(end - 1, -1, -1) if source.contains(*runs[i].place))
    return next(left, -1) + 1, end


def _head(
    runs: Sequence[_Run], target: Region, taken: Container[Place], heads: Mapping[Place, Region]
) -> int | None:
    """The last run that can take the arrowhead, beside ``target``."""
    around = target.grow((1, 1, 1, 1))
    for index in range(len(runs) - 1, -1, -1):
        place = runs[index].place
        if not around.contains(*place):
            return None
        if place not in taken and heads.get(place, target) == target:
            return index
    return None


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
