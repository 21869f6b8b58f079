"""The groups of tasks that wait for one another, as a list, and how their number went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.content import Content

from widgets.columns import Column
from widgets.panel import Panel, spread
from widgets.row_list import RowList
from widgets.safe_text import shorten
from widgets.words import age, counted, sparkline

if TYPE_CHECKING:
    from textual.geometry import Size

BARS = (28, 14, 7)
"""Cells that a curve may have: whole parts of the span fall into each."""
THOUSANDS = 10_000
"""Tasks from which their number is told in thousands."""
BESIDE = 70
"""Cells from which all stands in one line."""


@dataclass(frozen=True, slots=True)
class CycleRow:
    """One component."""

    id: int
    """Names it for as long as it lives."""
    tasks: int
    cycles: str
    """How many cycles it holds, in words: ``4``, ``1000+``."""
    path: str
    """A shortest cycle, in words."""
    cut: str = ""
    """The suggested cut, in words."""
    age: float | None = None
    """Seconds since it was first found; None when that is not known."""


class CycleList(RowList[CycleRow]):
    """A line a component."""

    COLUMNS: ClassVar[tuple[Column[CycleRow], ...]] = (
        Column("id", 4, 6, lambda row: str(row.id), right=True),
        Column("tasks", 6, 7, lambda row: _many(row.tasks), right=True),
        Column("cycles", 7, 8, lambda row: row.cycles, lambda _: "warning", right=True),
        Column("since", 6, 7, lambda row: "-" if row.age is None else age(row.age), right=True),
        Column("path", 0, 0, lambda row: row.path),
    )


@dataclass(frozen=True, slots=True)
class CycleLife:
    """How many there are, came and went."""

    components: int = 0
    tasks: int = 0
    edges: int = 0
    """Links that were checked."""
    checked_age: float | None = None
    """Seconds since the check; None while there was none."""
    born: tuple[int, ...] = ()
    """Components found in each part of the span, the oldest part first."""
    resolved: tuple[int, ...] = ()
    days: int = 7
    """The span."""
    bounded: bool = False
    """Whether explanations were cut short."""
    problem: str = ""
    """Why there is nothing newer."""


class CycleLifeLine(Panel[CycleLife]):
    """One line where all fits beside each other, else a line each."""

    DEFAULT_CSS = "CycleLifeLine { height: auto; max-height: 4; padding: 0 1; }"

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's signature
        """A line, or a line each."""
        return 1 if width >= BESIDE else 4

    def paint(self, model: CycleLife, width: int, height: int) -> list[Content]:
        """What is now, when it was checked, and how it came to that."""
        now, style = _now(model)
        first = Content.assemble((shorten(now, width), style))
        if model.problem:
            again = Content.assemble(("asked again by itself", "$text-muted"))
            return [spread(first, again, width) if width >= BESIDE else first]
        if model.checked_age is None:
            return [first]
        cut_short = "; explanations cut short" if model.bounded else ""
        checked = f"{counted(model.edges, 'link')} checked {age(model.checked_age)} ago{cut_short}"
        if width < BESIDE:
            return [
                first,
                Content.assemble((shorten(checked, width), "$text-muted")),
                *_course(model, width, width),
            ][: max(height, 1)]
        left = width - cell_len(now) - 2
        born, resolved = _course(model, left // 2 + 1, left // 2 - 1)
        line = Content.assemble(first, "  ", born, " ", resolved)
        rest = f"  {checked}"
        if line.cell_length + cell_len(rest) <= width:
            line = Content.assemble(line, (rest, "$text-muted"))
        return [line]


def _course(model: CycleLife, first: int, second: int) -> tuple[Content, Content]:
    """What was born and what was resolved, each with its curve, in so many cells."""
    days = counted(model.days, "day")
    return (
        _curve(f"{days}: {sum(model.born)} born", model.born, "$text-warning", first),
        _curve(f"{sum(model.resolved)} resolved", model.resolved, "$text-success", second),
    )


def _curve(words: str, counts: tuple[int, ...], style: str, width: int) -> Content:
    """The words, and the longest curve that fits behind them."""
    words = shorten(words, width)
    cells = next((bars for bars in BARS if bars <= width - cell_len(words) - 1), 0)
    if not cells:
        return Content.assemble((words, "$text-muted"))
    return Content.assemble(
        (words, "$text-muted"), " ", (sparkline(_joined(counts, cells), cells), style)
    )


def _joined(counts: tuple[int, ...], cells: int) -> list[int]:
    """Neighbouring parts added up, until there are only so many."""
    each = max(-(-len(counts) // cells), 1)
    return [sum(counts[at : at + each]) for at in range(0, len(counts), each)]


def _many(tasks: int) -> str:
    """A number in five cells."""
    return f"{tasks:,}" if tasks < THOUSANDS else f"{tasks // 1_000:,}k"


def _now(model: CycleLife) -> tuple[str, str]:
    if model.problem:
        return f"▲ {model.problem}", "bold $text-error"
    if model.checked_age is None:
        return "checking all links for cycles …", "$text-muted"
    if not model.components:
        return "✓ no task waits for itself", "$text-success"
    groups = counted(model.components, "cycle group")
    return f"▲ {groups}, {counted(model.tasks, 'task')}", "bold $text-warning"
