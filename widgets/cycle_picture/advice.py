"""What stands below the picture: the cut with its reason, the order after it, and the task here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content

from widgets.cycle_picture.glyphs import ASCII, UNICODE
from widgets.cycle_picture.labels import LONGEST_ID
from widgets.cycle_picture.model import CycleModel
from widgets.cycle_picture.ordering import work_order
from widgets.panel import Panel
from widgets.safe_text import shorten, visible

if TYPE_CHECKING:
    from textual.geometry import Size

    from widgets.cycle_picture.model import CycleEdge

LONGEST_NAME = LONGEST_ID


@dataclass(frozen=True, slots=True)
class AdviceModel:
    """The component, the task that has the focus, and whether ASCII alone may be used."""

    cycle: CycleModel
    task: int | None = None
    """Its place in the component."""
    ascii_only: bool = False


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
            (reason_line(cycle), ""),
            (order_line(cycle, width), "$text-success"),
            (task_line(cycle, model.task), "$text-muted"),
        ]
        return [
            Content.assemble((show(shorten(show(text), width)), style)) for text, style in lines
        ]


def name(model: CycleModel, task: int) -> str:
    """A task's number and id."""
    return f"{model.number(task)} {visible(model.tasks[task].id, LONGEST_NAME)}"


def cut_line(model: CycleModel) -> str:
    """Which links to cut, if any are suggested."""
    if not model.cuts:
        return "no cut is suggested"
    links = []
    for edge in (model.edges[cut] for cut in model.cuts):
        kinds = ", ".join(visible(kind, LONGEST_NAME) for kind in edge.kinds)
        links.append(f"{name(model, edge.waiter)} → {name(model, edge.waited_for)} ({kinds})")
    return f"✂ cut {' and '.join(links)}"


def reason_line(model: CycleModel) -> str:
    """Why, and what else there is to know."""
    return " · ".join(visible(text) for text in (model.reason, model.note) if text)


def order_line(model: CycleModel, width: int | None = None) -> str:
    """In which order the tasks can be done once the link is cut; by numbers if it is too long."""
    rest = [
        (edge.waiter, edge.waited_for)
        for index, edge in enumerate(model.edges)
        if index not in model.cuts
    ]
    order, stuck = work_order(len(model.tasks), rest)
    when = "order after the cut: " if model.cuts else "order as it is: "
    left = f"{len(stuck)} of {len(model.tasks)} tasks stay in cycles or wait for them"
    for told in (name, CycleModel.number):
        done = ", then ".join(str(told(model, task)) for task in order)
        line = when + "; ".join(text for text in (done, left if stuck else "") if text)
        if width is None or cell_len(line) <= width:
            break
    return line


def task_line(model: CycleModel, task: int | None) -> str:
    """What one task waits for, and what waits for it."""
    if task is None or task >= len(model.tasks):
        return ""
    after = [_end(model, edge, edge.waited_for) for edge in model.edges if edge.waiter == task]
    before = [_end(model, edge, edge.waiter) for edge in model.edges if edge.waited_for == task]
    title = visible(model.tasks[task].title, 40)
    said = f"{name(model, task)} {title}".rstrip()
    if after:
        said += f" · waits for {', '.join(after)}"
    if before:
        said += f" · holds up {', '.join(before)}"
    return said


def _end(model: CycleModel, edge: CycleEdge, task: int) -> str:
    unusual = ", ".join(visible(kind, LONGEST_NAME) for kind in edge.kinds if kind != "blocks")
    return f"{model.number(task)} ({unusual})" if unusual else str(model.number(task))
