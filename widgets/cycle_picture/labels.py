"""Labels beside the boxes of a ring: where there is room, and never one over another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from textual.geometry import Region

from widgets.cycle_picture.grid import Role
from widgets.cycle_picture.ids import cut_middle, shown_id
from widgets.cycle_picture.plan import NOWHERE, Piece
from widgets.safe_text import shorten, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from widgets.cycle_picture.glyphs import Glyphs
    from widgets.cycle_picture.grid import Place
    from widgets.cycle_picture.model import CycleTask

LEAST_ID, LONGEST_TITLE = 24, 60
"""Cells of an id below which it is not cut, and characters of a title that are ever shown."""
SHORTEST_TITLE = 8
"""Cells of a title below which it is not worth showing."""
CARRIER = "◌"
STRAIGHT, ON_AXIS = 0.3, 0.05
"""How far to the side a box still counts as above or below the ring's middle, and as just there."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A task's id and title as they may be shown, uncut."""

    id: str
    title: str

    @classmethod
    def of(cls, task: CycleTask, glyphs: Glyphs) -> Wording:
        """Made visible, in characters that ``glyphs`` has."""
        name, title = shown_id(task.id), visible(task.title, LONGEST_TITLE)
        return cls(glyphs.show(_carried(name)), glyphs.show(_carried(title)))


def _carried(text: str) -> str:
    """``text``; a mark at its start gets a character to stand on, or it would join another cell."""
    return CARRIER + text if text and not cell_len(text[0]) else text


class Shape(NamedTuple):
    """How much of a label is shown."""

    lines: int
    title: bool


def lines_of(
    words: Wording, shape: Shape, width: int, glyphs: Glyphs
) -> list[list[tuple[str, Role]]]:
    """The label's lines, cut to ``width`` cells."""
    name = glyphs.show(cut_middle(words.id, width))
    if not shape.title or not words.title:
        return [[(name, Role.ID)]]
    if shape.lines > 1:
        return [[(name, Role.ID)], [(glyphs.show(shorten(words.title, width)), Role.TITLE)]]
    name = glyphs.show(cut_middle(words.id, max(width - 1 - short_title(words), LEAST_ID)))
    room = width - cell_len(name) - 1
    title = glyphs.show(shorten(words.title, room))
    return [[(f"{name} ", Role.ID), (title, Role.TITLE)]] if title else [[(name, Role.ID)]]


def sizes(words: Wording, shape: Shape) -> tuple[int, int]:
    """The least and the full width of a label, in cells."""
    name, title = cell_len(words.id), cell_len(words.title)
    least = min(name, LEAST_ID)
    if not shape.title or not title:
        return least, name
    if shape.lines > 1:
        return max(least, short_title(words)), max(name, title)
    return least + 1 + short_title(words), name + 1 + title


def short_title(words: Wording) -> int:
    """Cells that a title is cut to at most."""
    return min(cell_len(words.title), SHORTEST_TITLE)


class Spot(NamedTuple):
    """Where a label could begin: a column, its first row, and how it is aligned to the column."""

    x: int
    y: int
    align: int
    """1: starts there and goes right; -1: ends there and goes left; 0: around it."""
    rows: int
    """Lines that the label has there, at most."""


def spots(box: Region, rows: int, side: float, *, above: bool) -> Iterator[Spot]:
    """Places for a label of up to ``rows`` lines around ``box``, best first.

    ``side`` is from -1, at the far left of the ring, to 1 at the far right; ``above`` is whether
    the box is in its upper half.
    """
    middle = box.y + box.height // 2
    outward = [middle - rows + 1, middle] if above else [middle, middle - rows + 1]
    beyond = box.y - 1 if above else box.bottom
    centre = Spot(box.x + box.width // 2, beyond, 0, 1)
    if abs(side) < STRAIGHT:
        yield centre
    ways = (1, -1) if abs(side) < ON_AXIS else (1,) if side > 0 else (-1,)
    for way in ways:
        x = box.right + 1 if way > 0 else box.x - 2
        yield from (Spot(x, y, way, rows) for y in dict.fromkeys(outward))
        yield Spot(box.x if way > 0 else box.right - 1, beyond, way, 1)
    yield centre


def place_label(
    words: Wording, shape: Shape, options: Iterator[Spot], free: Freedom, glyphs: Glyphs
) -> tuple[Region, list[Piece]] | None:
    """The label where all of it fits, else where most does; None if it fits nowhere."""
    if not words.id and not (shape.title and words.title):
        return NOWHERE, []
    best: tuple[float, int, Spot] | None = None
    for spot in options:
        least, full = sizes(words, shape._replace(lines=spot.rows))
        width = min(free.width(spot, spot.rows, full), full)
        if width >= least and (best is None or width / full > best[0]):
            best = (width / full, width, spot)
        if width == full:
            break
    if best is None:
        return None
    _, width, spot = best
    return _set(lines_of(words, shape._replace(lines=spot.rows), width, glyphs), spot)


def _set(lines: Sequence[Sequence[tuple[str, Role]]], spot: Spot) -> tuple[Region, list[Piece]]:
    widths = [sum(cell_len(text) for text, _ in line) for line in lines]
    width = max(widths)
    left = (spot.x - width // 2, spot.x, spot.x - width + 1)[spot.align]
    pieces = []
    for row, (line, own) in enumerate(zip(lines, widths, strict=True)):
        x = left + ((width - own) // 2, 0, width - own)[spot.align]
        for text, role in line:
            pieces.append(Piece(x, spot.y + row, text, role))
            x += cell_len(text)
    return Region(left, spot.y, width, len(lines)) if width else NOWHERE, pieces


class Freedom:
    """Which cells are still free for labels."""

    def __init__(self, width: int, height: int) -> None:
        self._width, self._height = width, height
        self._taken: set[Place] = set()

    def take(self, cells: Sequence[Place]) -> None:
        """These are free no more."""
        self._taken.update(cells)

    def take_region(self, region: Region) -> None:
        """The cells of ``region``, and those at its sides, are free no more."""
        wide = region.grow((0, 1, 0, 1))
        self._taken.update((x, y) for x in wide.column_range for y in wide.line_range)

    def width(self, spot: Spot, rows: int, wanted: int) -> int:
        """Cells free from ``spot`` on in all ``rows``, at most ``wanted``."""
        lines = range(spot.y, spot.y + rows)
        if spot.y < 0 or spot.y + rows > self._height:
            return 0
        if spot.align:
            return self._run(spot.x, spot.align, lines, wanted)
        left = self._run(spot.x, -1, lines, wanted)
        right = self._run(spot.x, 1, lines, wanted)
        return min(wanted, 2 * min(left, right) - 1)

    def _run(self, x: int, way: int, lines: range, wanted: int) -> int:
        cells = 0
        while (
            cells < wanted
            and 0 <= x < self._width
            and not any((x, y) in self._taken for y in lines)
        ):
            cells += 1
            x += way
        return cells
