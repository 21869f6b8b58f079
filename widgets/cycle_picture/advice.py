"""What stands below the picture: the cut with its reason, the order after it, and the task here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content

from widgets.cycle_picture.glyphs import ASCII, UNICODE
from widgets.cycle_picture.ids import shown_id
from widgets.cycle_picture.labels import LEAST_ID
from widgets.cycle_picture.model import CycleModel
from widgets.cycle_picture.ordering import work_order
from widgets.panel import Panel
from widgets.safe_text import shorten, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.geometry import Size

    from widgets.cycle_picture.model import CycleEdge

LONGEST_KIND = 24
MOST_NAMED = 12
"""Tasks at the other ends of a task's links that are named, each way."""


@dataclass(frozen=True, slots=True)
class WorkOrder:
    """In which order the tasks can be done once the suggested links are cut."""

    tasks: tuple[int, ...]
    stuck: int
    """Tasks that have no place in it."""


@dataclass(frozen=True, slots=True)
class AdviceModel:
    """The component, the task that has the focus, and whether ASCII alone may be used."""

    cycle: CycleModel
    task: int | None = None
    """Its place in the component."""
    ascii_only: bool = False
    order: WorkOrder | None = None
    """That of ``cycle``, when it is known already: of a large one it takes a while."""


class CutAdvice(Panel[AdviceModel]):
    """Four lines: the cut, its reason, the order of work after it, what the task here waits for."""

    DEFAULT_CSS = "CutAdvice { height: 4; padding: 0 1; }"

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's signature
        """A line each."""
        return 4

    def paint(self, model: AdviceModel, width: int, height: int) -> list[Content]:  # noqa: ARG002 - Panel's signature
        """The lines, the most urgent first."""
        show = (ASCII if model.ascii_only else UNICODE).show
        cycle = model.cycle
        if not cycle.tasks:
            return []
        lines = [
            (cut_line(cycle), "bold $text-error"),
            (reason_line(cycle, width), ""),
            (order_line(cycle, width, model.order), "$text-success"),
            (task_line(cycle, model.task), "$text-muted"),
        ]
        return [
            Content.assemble((show(shorten(show(text), width)), style)) for text, style in lines
        ]


def name(model: CycleModel, task: int) -> str:
    """A task's number and id."""
    return f"{model.number(task)} {shown_id(model.tasks[task].id, LEAST_ID)}"


def cut_links(model: CycleModel) -> tuple[tuple[str, str, str], ...]:
    """The links to cut: who waits, for whom, kind of link."""
    return tuple(
        (model.tasks[edge.waiter].id, model.tasks[edge.waited_for].id, kind)
        for edge in (model.edges[cut] for cut in model.cuts)
        for kind in edge.kinds
    )


def cut_line(model: CycleModel) -> str:
    """Which links to cut, if any are suggested."""
    if not model.cuts:
        return "no cut is suggested"
    links = []
    for edge in (model.edges[cut] for cut in model.cuts):
        kinds = ", ".join(visible(kind, LONGEST_KIND) for kind in edge.kinds)
        links.append(f"{name(model, edge.waiter)} → {name(model, edge.waited_for)} ({kinds})")
    return f"✂ cut {' and '.join(links)}"


def reason_line(model: CycleModel, width: int | None = None) -> str:
    """Why, and what else there is to know if that fits too."""
    reason = visible(model.reason)
    line = " · ".join(text for text in (reason, visible(model.note)) if text)
    return line if width is None or not reason or cell_len(line) <= width else reason


def order_after(model: CycleModel) -> WorkOrder:
    """The order of work once the suggested links are cut."""
    rest = [
        (edge.waiter, edge.waited_for)
        for index, edge in enumerate(model.edges)
        if index not in model.cuts
    ]
    order, stuck = work_order(len(model.tasks), rest)
    return WorkOrder(tuple(order), len(stuck))


def order_line(model: CycleModel, width: int | None = None, order: WorkOrder | None = None) -> str:
    """That order in words; by numbers if it is too long, and cut somewhere beyond ``width``."""
    order = order or order_after(model)
    when = "order after the cut: " if model.cuts else "order as it is: "
    count = len(model.tasks)
    left = f"{order.stuck:,} of {count:,} tasks stay in cycles or wait for them"
    for told in (name, CycleModel.number):
        done = _told((str(told(model, task)) for task in order.tasks), width)
        line = when + "; ".join(text for text in (done, left if order.stuck else "") if text)
        if width is None or cell_len(line) <= width:
            break
    return line


def _told(names: Iterable[str], width: int | None) -> str:
    """One after the other, and no more of them than it takes to be too long."""
    found, used = [], 0
    for each in names:
        found.append(each)
        used += cell_len(each)
        if width is not None and used > width:
            break
    return ", then ".join(found)


def task_line(model: CycleModel, task: int | None) -> str:
    """What one task waits for, and what waits for it."""
    if task is None or task >= len(model.tasks):
        return ""
    after = [(edge, edge.waited_for) for edge in model.edges if edge.waiter == task]
    before = [(edge, edge.waiter) for edge in model.edges if edge.waited_for == task]
    title = visible(model.tasks[task].title, 40)
    said = f"{name(model, task)} {title}".rstrip()
    if after:
        said += f" · waits for {_listed(model, after)}"
    if before:
        said += f" · holds up {_listed(model, before)}"
    return said


def _listed(model: CycleModel, ends: Sequence[tuple[CycleEdge, int]]) -> str:
    named = [_end(model, edge, task) for edge, task in ends[:MOST_NAMED]]
    more = len(ends) - len(named)
    return ", ".join(named) + (f" and {more:,} more" if more else "")


def _end(model: CycleModel, edge: CycleEdge, task: int) -> str:
    unusual = ", ".join(visible(kind, LONGEST_KIND) for kind in edge.kinds if kind != "blocks")
    return f"{model.number(task)} ({unusual})" if unusual else str(model.number(task))
