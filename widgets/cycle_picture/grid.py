"""A picture as cells: what stands where, what it means, and to which task or link it belongs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from textual.geometry import Region


class Role(StrEnum):
    """What a cell means; the widget gives each a style."""

    BLANK = "blank"
    CHORD = "chord"
    RING = "ring"
    CUT = "cut"
    BOX = "box"
    NUMBER = "number"
    ID = "id"
    TITLE = "title"
    NOTE = "note"


class Cell(NamedTuple):
    """One cell; ``char`` is empty in the second cell of a wide character."""

    char: str = " "
    role: Role = Role.BLANK


EMPTY = Cell()

Place = tuple[int, int]
"""Column and row of a cell, from 0."""


@dataclass(frozen=True, slots=True)
class NodePlace:
    """Where a task is drawn."""

    task: int
    """Its place in the model."""
    box: Region
    label: Region
    """Beside the box, or within it; without an area when the label stands elsewhere."""


@dataclass(frozen=True, slots=True)
class EdgePlace:
    """Where a link is drawn."""

    edge: int
    """Its place in the model."""
    cells: frozenset[Place]
    """Cells that show it, the arrowhead's among them."""
    head: Place
    """The arrowhead, beside the box of the task that is waited for."""
    scissors: Place | None = None


@dataclass(frozen=True, slots=True)
class Grid:
    """The finished picture."""

    width: int
    height: int
    rows: tuple[tuple[Cell, ...], ...]
    nodes: tuple[NodePlace, ...] = ()
    edges: tuple[EdgePlace, ...] = ()
    form: str = ""
    """How it is drawn: loop, twins, ring, track, matrix, or nothing when there was no room."""

    def text(self) -> str:
        """The picture as lines of plain text, without spaces at their ends."""
        return "\n".join("".join(cell.char for cell in row).rstrip() for row in self.rows)

    def node_at(self, x: int, y: int) -> int | None:
        """The task whose box or label is at a cell."""
        for node in self.nodes:
            if node.box.contains(x, y) or node.label.contains(x, y):
                return node.task
        return None
