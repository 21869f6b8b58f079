"""The legend of a picture whose boxes hold numbers alone: a line a task, in columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.geometry import Region

from widgets.cycle_picture.grid import Role
from widgets.cycle_picture.ids import cut_alike
from widgets.cycle_picture.labels import LEAST_ID
from widgets.cycle_picture.plan import Piece
from widgets.safe_text import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from widgets.cycle_picture.glyphs import Glyphs
    from widgets.cycle_picture.labels import Wording
    from widgets.cycle_picture.model import CycleModel

GUTTER = 2
SHORTEST_ID = 4


def legend(
    model: CycleModel, words: Sequence[Wording], area: Region, glyphs: Glyphs
) -> tuple[list[Region], list[Piece]] | None:
    """Lines ``12 id title`` in ``area``, and where each is; None when they don't fit."""
    if area.height < 1 or not words:
        return None
    columns = -(-len(words) // area.height)
    digits = model.digits
    width = (area.width - GUTTER * (columns - 1)) // columns
    if width < digits + 1 + SHORTEST_ID:
        return None
    rows = -(-len(words) // columns)
    top = area.y + (area.height - rows) // 2
    room = width - digits - 1
    if any(each.title for each in words):
        room = min(room, LEAST_ID)
    names = cut_alike([each.id for each in words], room)
    regions, pieces = [], []
    for index, each in enumerate(words):
        x, y = area.x + index // rows * (width + GUTTER), top + index % rows
        number = str(model.number(index)).rjust(digits)
        name = glyphs.show(names[index])
        title = glyphs.show(shorten(each.title, width - digits - 2 - cell_len(name)))
        at = x + digits + 1
        pieces += [Piece(x, y, number, Role.NUMBER), Piece(at, y, name, Role.ID)]
        if title:
            pieces.append(Piece(at + cell_len(name) + 1, y, title, Role.TITLE))
        used = digits + 1 + cell_len(name) + (1 + cell_len(title) if title else 0)
        regions.append(Region(x, y, used, 1))
    return regions, pieces
