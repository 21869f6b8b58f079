"""Plain text: the picture as it stands in a terminal, and the advice below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from widgets.cycle_picture.advice import cut_line, order_line, reason_line
from widgets.cycle_picture.glyphs import ASCII, UNICODE
from widgets.cycle_picture.layout import picture

if TYPE_CHECKING:
    from widgets.cycle_picture.model import CycleModel

WIDTH, HEIGHT = 76, 18
LARGEST = 60
"""Rows beyond which a picture that does not fit is given up."""


def write(
    model: CycleModel, *, width: int = WIDTH, height: int = HEIGHT, ascii_only: bool = False
) -> str:
    """The picture, in more rows where it does not fit, without those that are empty around it."""
    grid = picture(model, width, height, ascii_only=ascii_only)
    while not grid.form and height < LARGEST:
        height += 6
        grid = picture(model, width, height, ascii_only=ascii_only)
    rows = grid.text().split("\n")
    while rows and not rows[0]:
        del rows[0]
    show = (ASCII if ascii_only else UNICODE).show
    below = (show(line) for line in (cut_line(model), reason_line(model), order_line(model)))
    return "\n".join([*rows, "", *(line for line in below if line)]).rstrip() + "\n"
