"""What the graph of tasks says when it is asked: frozen values, plain enough to cross a socket.

"Unfinished" is every status but closed and cancelled. A task waits for what blocks it, and a parent
for its children; a link to a task that does not exist holds nothing up.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.tasks import Link, Task


@dataclass(frozen=True, slots=True)
class TaskBrief:
    """A task as a line of a list shows it."""

    id: str
    title: str
    status: str
    priority: int
    project: str
    assignee: str
    created_at: float
    """Unix seconds."""


@dataclass(frozen=True, slots=True)
class Reached:
    """A task met on a walk through the graph."""

    task: TaskBrief
    distance: int
    """Links on the shortest way; 1 is a direct one."""
    via: str
    """The task before it on that way."""
    unfinished: bool


@dataclass(frozen=True, slots=True)
class Reach:
    """What waits for a task, or what it waits for, over any number of links; the nearest first."""

    task: TaskBrief
    found: tuple[Reached, ...] = ()
    total: int = 0
    """Tasks reached, those beyond the limit included; the task itself never counts."""
    unfinished: int = 0
    """The unfinished among the total."""
    truncated: bool = False
    """Whether ``found`` was cut by the limit."""
    in_cycle: bool = False
    """Whether the task waits for itself."""


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """An unfinished task, and how many unfinished ones wait for it over any number of links."""

    task: TaskBrief
    waiting: int
    in_cycle: bool = False


@dataclass(frozen=True, slots=True)
class Bottlenecks:
    """The tasks with the most waiting behind them; most first."""

    tasks: tuple[Bottleneck, ...] = ()
    total: int = 0
    """Unfinished tasks that hold up at least one other."""
    truncated: bool = False
    position: int = 0
    """Of the change log; the answer is exact for that state of the tasks."""


@dataclass(frozen=True, slots=True)
class CriticalPath:
    """The longest chain of unfinished tasks in which each waits for the one before it."""

    tasks: tuple[TaskBrief, ...] = ()
    """In the order of work: the first can be done first."""
    length: int = 0
    """Number of tasks in the whole chain."""
    truncated: bool = False
    left_out: int = 0
    """Unfinished tasks in cycles: no order is right for them, so the chain avoids them."""
    project: str | None = None
    position: int = 0
    """Of the change log; the answer is exact for that state of the tasks."""


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """The tasks within some links of one, of any kind and direction, and all links among them."""

    task: TaskBrief
    depth: int
    nodes: tuple[Reached, ...] = ()
    """Nearest first; without the task itself."""
    edges: tuple[Link, ...] = ()
    total: int = 0
    """Tasks within the depth, those beyond the limit included."""
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """Where a task stands among parents and children. ``via`` is the child, or the parent."""

    task: TaskBrief
    ancestors: tuple[Reached, ...] = ()
    """Nearest first."""
    subtree: tuple[Reached, ...] = ()
    """Each task once, below the nearest parent, depth first: as an indented list shows it."""
    by_status: Mapping[str, int] = field(default_factory=dict)
    """Of the whole subtree, those beyond the limit included; without the task itself."""
    total: int = 0
    """Tasks in the subtree."""
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class ReadyTasks:
    """Open tasks that can be started now: by priority, then the oldest first."""

    tasks: tuple[TaskBrief, ...] = ()
    total: int = 0
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Blocker:
    """An unfinished task that a task waits for directly."""

    id: str
    title: str
    status: str
    kind: str
    """blocks, or parent-child: the task waits for this child of it."""


@dataclass(frozen=True, slots=True)
class BlockedTask:
    """A task that can't be started, and why."""

    task: TaskBrief
    waits_for: tuple[Blocker, ...] = ()
    """At most :data:`engine.graph.readiness.BLOCKERS_SHOWN`; none when only a cycle or the status
    ``blocked``, which a person sets, keeps it."""
    waits_for_total: int = 0
    in_cycle: bool = False
    """Exact when nothing unfinished is named above, else as cycles were last checked for."""


@dataclass(frozen=True, slots=True)
class BlockedTasks:
    """Open tasks that are not ready, and those set to ``blocked``; by priority, then age."""

    tasks: tuple[BlockedTask, ...] = ()
    total: int = 0
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Finished:
    """A task that was finished, and the tasks that became ready by that."""

    task: Task
    became_ready: tuple[TaskBrief, ...] = ()
