"""The mark of the suggested cut: scissors on a gap in its line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from widgets.cycle_picture.grid import Role

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from widgets.cycle_picture.canvas import Canvas
    from widgets.cycle_picture.glyphs import Glyphs
    from widgets.cycle_picture.grid import Place
    from widgets.cycle_picture.strokes import Stroke

ENOUGH = 5
"""Cells of a line from which the gap may take three."""


def place_scissors(
    canvas: Canvas, cut: int, line: Stroke, taken: Container[Place], glyphs: Glyphs
) -> Place | None:
    """Put the scissors as near the middle of ``line`` as there is room, else beside its arrowhead.

    None when there is room nowhere.
    """
    size = len(glyphs.scissors)
    for place in _candidates(line):
        cells = [(place[0] + step, place[1]) for step in range(size)]
        if all(_free(canvas, cell, taken) for cell in cells):
            canvas.write(*place, glyphs.scissors, Role.CUT)
            if len(line.cells) >= ENOUGH:
                for beside in ((place[0] - 1, place[1]), (place[0] + size, place[1])):
                    if canvas.owners.get(beside) == {cut}:
                        canvas.rub_out(beside)
            return place
    return None


def _free(canvas: Canvas, place: Place, taken: Container[Place]) -> bool:
    inside = 0 <= place[0] < canvas.width and 0 <= place[1] < canvas.height
    return inside and place not in taken and place not in canvas.cells


def _candidates(line: Stroke) -> Iterator[Place]:
    middle = len(line.cells) // 2
    if len(line.cells) > 1:
        yield from sorted(line.cells, key=lambda place: abs(line.cells.index(place) - middle))
    x, y = line.head
    yield from ((x + 1, y), (x - 1, y), (x - 2, y), (x, y - 1), (x, y + 1))
    yield from line.cells
