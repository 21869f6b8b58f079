"""Tasks as a list: what can be started, what waits, who has what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from widgets.columns import Column
from widgets.row_list import RowList

STATES: dict[str, tuple[str, str]] = {
    "ready": ("● ready", "success"),
    "blocked": ("⊘ blocked", "warning"),
    "open": ("● open", ""),
    "in_progress": ("▶ in progress", "primary"),
    "deferred": ("◌ deferred", "secondary"),
    "closed": ("✓ closed", "muted"),
    "cancelled": ("✗ cancelled", "muted"),
}
"""Sign and word of each state, and its tone."""
URGENT = 1
"""Priorities up to this one stand out."""


@dataclass(frozen=True, slots=True)
class TaskModel:
    """One task."""

    id: str
    title: str
    status: str
    readiness: str = ""
    """ready or blocked; empty for a task that is neither."""
    waits_for: int = 0
    """Unfinished tasks that it waits for directly."""
    priority: int = 2
    """From 0, the most urgent, to 4."""
    project: str = ""
    assignee: str = ""
    age: str = ""
    """How long ago it was created, in words."""


def state_of(row: TaskModel) -> str:
    """Its state with a sign; of a blocked one also by how many others."""
    if row.waits_for:
        return f"⊘ blocked: {row.waits_for}"
    if row.readiness == "blocked" and row.status == "open":
        return "↻ in a cycle"
    return STATES.get(row.readiness or row.status, (f"? {row.status}", ""))[0]


def _tone(row: TaskModel) -> str:
    return STATES.get(row.readiness or row.status, ("", ""))[1]


def _urgency(row: TaskModel) -> str:
    return "error" if row.priority < URGENT else ("warning" if row.priority == URGENT else "muted")


def _title_tone(row: TaskModel) -> str:
    return "muted" if row.status in {"closed", "cancelled"} else ""


class TaskList(RowList[TaskModel]):
    """Tasks; the title takes the room that is left."""

    COLUMNS: ClassVar[tuple[Column[TaskModel], ...]] = (
        Column("id", 12, 14, lambda row: row.id, lambda _: "accent", sort="id", most=36),
        Column("state", 13, 14, state_of, _tone, sort="status"),
        Column("P", 1, 2, lambda row: str(row.priority), _urgency, sort="priority"),
        Column("title", 0, 0, lambda row: row.title, _title_tone, sort="title"),
        Column(
            "project", 7, 12, lambda row: row.project, lambda _: "secondary", "project", most=24
        ),
        Column("who", 7, 12, lambda row: row.assignee, sort="assignee", most=24),
        Column(
            "age", 5, 5, lambda row: row.age, lambda _: "muted", "created", right=True, roomy=True
        ),
    )
