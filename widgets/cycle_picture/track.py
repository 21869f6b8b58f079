"""The racetrack, for up to forty tasks: ids, or numbers with a legend, on a rounded rectangle."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.geometry import Region

from widgets.cycle_picture.geometry import centre_of, rounded
from widgets.cycle_picture.grid import Role
from widgets.cycle_picture.ids import cut_alike
from widgets.cycle_picture.labels import Wording
from widgets.cycle_picture.legend import legend
from widgets.cycle_picture.plan import NOWHERE, Piece, Plan
from widgets.cycle_picture.routes import routes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from widgets.cycle_picture.glyphs import Glyphs
    from widgets.cycle_picture.model import CycleModel

LONGEST_ID, USUAL_ID, SHORTEST_ID = 40, 14, 8
"""Cells of an id in its box: where there is room, and where there is less."""
ROOMY = 4
"""Boxes that are to fit beside each other for their ids to have more than the usual room."""
BESIDE_ID = 8
"""Cells for the number before an id and the way to the next box."""
LEAST_WAY = 3
"""Columns between two boxes in a row: a line and its arrowhead."""
CORNER = 12.0
"""Radius of the corners, in dots."""
INWARD = 0.9
"""Dots by which the way on the left and upper side is moved, as its second dot lies inside."""
LEGEND_SHARES = (0.5, 0.4, 0.6)
"""Parts of the width that a legend may take, in the order they are tried."""


def plans(model: CycleModel, width: int, height: int, glyphs: Glyphs) -> Iterator[Plan]:
    """Plans for ``model`` in so many cells, best first; they may turn out not to be drawable."""
    words = [Wording.of(task, glyphs) for task in model.tasks]
    whole = Region(0, 0, width, height)
    for room in _rooms(max(cell_len(each.id) for each in words), width):
        plan = _plan(model, words, whole, room, glyphs)
        if plan is not None:
            yield replace(plan, width=width, height=height)
    for share in LEGEND_SHARES:
        right = int(width * share)
        area = Region(width - right, 0, right, height)
        explained = legend(model, words, area, glyphs)
        plan = _plan(model, words, Region(0, 0, width - right - 2, height), 0, glyphs)
        if plan is not None and explained is not None:
            labels, pieces = explained
            yield replace(
                plan,
                width=width,
                height=height,
                labels=tuple(labels),
                pieces=(*plan.pieces, *pieces),
            )


def _plan(
    model: CycleModel, words: list[Wording], area: Region, room: int, glyphs: Glyphs
) -> Plan | None:
    """A track within ``area`` whose boxes hold ids of ``room`` cells; 0: numbers alone."""
    count = len(words)
    digits = model.digits
    wide = (digits + (room + 3 if room else 0)) | 1  # odd, so that the way runs in its middle
    area = _pleasant(area, count, wide)
    sides = _sides(count, area, wide)
    if sides is None:
        return None
    across, down = sides
    left, top = area.x + (wide - 1) / 2, area.y
    right, bottom = area.right - 1 - (wide - 1) / 2, area.bottom - 1
    (x, y), (end_x, end_y) = centre_of(left, top), centre_of(right, bottom)
    curve = rounded(x - INWARD, y - INWARD, end_x, end_y, CORNER)
    level = [left + (right - left) * (i + 0.5) / across for i in range(across)]
    rest = count - 2 * across
    upright = [
        [top + (bottom - top) * (i + 0.5) / n for i in range(n)] for n in (down, rest - down)
    ]
    middles = [
        *((x, top) for x in level),
        *((right, y) for y in upright[0]),
        *((x, bottom) for x in reversed(level)),
        *((left, y) for y in reversed(upright[1])),
    ]
    boxes = tuple(Region(round(x - (wide - 1) / 2), round(y), wide, 1) for x, y in middles)
    centres = [centre_of(box.x + (wide - 1) / 2, box.y) for box in boxes]
    names = [glyphs.show(each) for each in cut_alike([each.id for each in words], room)]
    pieces: list[Piece] = []
    for index, box in enumerate(boxes):
        number = str(model.number(index)).rjust(digits)
        pieces.append(Piece(box.x + (1 if room else 0), box.y, number, Role.NUMBER))
        if room:
            pieces.append(Piece(box.x + digits + 2, box.y, names[index], Role.ID))
    middle = centre_of(area.x + (area.width - 1) / 2, area.y + (area.height - 1) / 2)
    ways = routes(model, curve, [curve.nearest(point) for point in centres], centres, middle)
    labels = (NOWHERE,) * count
    return Plan("track", area.right, area.bottom, boxes, labels, tuple(pieces), ways, least=1)


def _rooms(longest: int, width: int) -> list[int]:
    """Cells for an id that are worth trying, most first."""
    most = max(min(longest, LONGEST_ID, width // ROOMY - BESIDE_ID), USUAL_ID)
    return list(dict.fromkeys(min(longest, room) for room in (most, USUAL_ID, SHORTEST_ID)))


def _pleasant(area: Region, count: int, wide: int) -> Region:
    """The middle of ``area``, no larger than so many tasks fill well."""
    width = min(area.width, count * (wide + 6) // 3 + wide)
    height = min(area.height, max(count, 13))
    return Region(
        area.x + (area.width - width) // 2, area.y + (area.height - height) // 2, width, height
    )


def _sides(count: int, area: Region, wide: int) -> tuple[int, int] | None:
    """Tasks on the upper side (and the lower), and on the right one; None without room."""
    best: tuple[float, int, int] | None = None
    for across in range(1, count // 2 + 1):
        down = -(-(count - 2 * across) // 2)
        level = (area.width - wide) / across - wide
        upright = (area.height - 1) / down - 1 if down else 10.0
        if level < LEAST_WAY or upright < 1 or area.width < 2 * wide + LEAST_WAY:
            continue
        room = min(level, 4 * upright)
        if best is None or room > best[0]:
            best = (room, across, down)
    return best[1:] if best else None
