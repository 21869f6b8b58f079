"""What the exports call tasks and links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from widgets.safe_text import visible

if TYPE_CHECKING:
    from widgets.cycle_picture.model import CycleEdge, CycleModel

LONGEST_TITLE = 60


def label(model: CycleModel, task: int) -> tuple[str, str]:
    """Number with id, and title; made visible, on one line each, not escaped."""
    each = model.tasks[task]
    return f"{model.number(task)} {visible(each.id, LONGEST_TITLE)}", visible(
        each.title, LONGEST_TITLE
    )


def along(model: CycleModel, edge: CycleEdge) -> bool:
    """Whether a link leads to the next task of the ring, and is not a chord."""
    return edge.waited_for == (edge.waiter + 1) % len(model.tasks)


def kinds(edge: CycleEdge) -> str:
    """The kinds of a link, unless they are the usual one."""
    return "" if edge.kinds == ("blocks",) else ", ".join(visible(kind, 24) for kind in edge.kinds)
