"""What a person asks about the list of tasks, and the answers: frozen, to cross a socket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.graph_views import TaskBrief

READINESS = ("ready", "blocked")
SORTS = ("id", "title", "status", "priority", "project", "assignee", "created", "updated")
"""What a page can be sorted by; without any: what is unfinished first, by priority, then
age."""
LARGEST_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class TasksQuery:
    """A part of the list of tasks; None does not matter."""

    status: str | None = None
    project: str | None = None
    assignee: str | None = None
    tag: str | None = None
    readiness: str | None = None
    """One of ``READINESS``, as :meth:`engine.api.EngineAPI.ready` and ``blocked`` mean it."""
    ids: tuple[str, ...] | None = None
    """Those alone, in this order unless sorted."""
    id_begins: str | None = None
    """How the id begins; upper case and lower case are the same."""
    sort: str = ""
    """One of ``SORTS``, or nothing."""
    descending: bool = False
    limit: int = 100
    offset: int = 0


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task as a line of the list."""

    task: TaskBrief
    readiness: str = ""
    """One of ``READINESS``; empty for a task that is finished, deferred or in progress."""
    waits_for: int = 0
    """Unfinished tasks that it waits for directly."""


@dataclass(frozen=True, slots=True)
class TasksPage:
    """The answer, and how many there are in all."""

    rows: tuple[TaskRow, ...] = ()
    total: int = 0
    offset: int = 0


@dataclass(frozen=True, slots=True)
class InStore:
    """One task in one of the derived stores, read from the store itself."""

    state: str
    """current, stale, missing, or unknown."""
    detail: str = ""
    """What is wrong, or why it is not known."""

    @property
    def current(self) -> bool:
        """Whether the store has the task as it is now."""
        return self.state == "current"


@dataclass(frozen=True, slots=True)
class SyncState:
    """Where one task stands in each store."""

    task_id: str
    version: int
    """Of the task in the truth."""
    vectors: InStore
    graph: InStore
