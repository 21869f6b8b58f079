"""What a form (ring, track) decides before anything is drawn: where boxes, labels and ways go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from textual.geometry import Region

if TYPE_CHECKING:
    from collections.abc import Sequence

    from widgets.cycle_picture.geometry import Point
    from widgets.cycle_picture.grid import Role

NOWHERE = Region(0, 0, 0, 0)


class Piece(NamedTuple):
    """Text in one role, starting at a cell; already fitted and safe."""

    x: int
    y: int
    text: str
    role: Role


class Route(NamedTuple):
    """The way of a link from the middle of one box to that of another."""

    points: Sequence[Point]
    ring: bool
    """Along the ring, drawn solid; else a chord, drawn dashed."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole picture, not yet drawn."""

    form: str
    width: int
    height: int
    boxes: tuple[Region, ...]
    """One a task."""
    labels: tuple[Region, ...]
    """One a task, beside its box; NOWHERE when it has none."""
    pieces: tuple[Piece, ...]
    """All texts, those in boxes too."""
    routes: tuple[Route, ...]
    """One a link."""
    framed: bool = True
    """Whether boxes of three rows get a border."""
    least: int = 2
    """Cells that a link along the ring must show, its arrowhead among them."""
