"""What the tools answer with. Times are ISO 8601 in UTC; fields that say nothing are left out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mcp_types import CallToolResult, TextContent
from pydantic import BaseModel

from vespera_tui.mcp_front.budget import within

if TYPE_CHECKING:
    from engine.graph_views import TaskBrief
    from engine.tasks import Link, Task

LINK_BYTES, TAG_BYTES = 1_500, 1_500
"""Of the ids of each kind of link, and of the tags, in one answer."""


class Answer(BaseModel):
    """Base of all answers. Task text stands only in fields of its own."""

    next: str = ""
    """What to call next, where that is clear."""

    def result(self) -> CallToolResult:
        """The answer as structure, and the same as one line of JSON for clients without it."""
        content = self.model_dump(mode="json", exclude_defaults=True)
        text = self.model_dump_json(exclude_defaults=True)
        return CallToolResult(
            content=[TextContent(type="text", text=text)], structured_content=content
        )


class Brief(BaseModel):
    """A task in a list."""

    id: str
    title: str
    status: str = "open"
    priority: int = 2
    """0 is the most urgent, 4 the least."""
    project: str = ""
    assignee: str = ""
    similarity: float | None = None
    """Of a search by meaning: 1 is the same."""
    blocked_by: tuple[str, ...] = ()
    description: str = ""
    """Only with detail=full, and cut."""


class WrittenTask(Answer):
    """A task after it was written; get_task reads the rest of it."""

    id: str
    title: str
    status: str
    priority: int
    assignee: str = ""
    version: int
    """Pass it as expected_version to be refused if somebody else changed the task meanwhile."""
    unknown: tuple[str, ...] = ()
    """Ids it refers to that no task has yet; they connect when one appears."""
    became_ready: tuple[str, ...] = ()
    """Tasks that nothing holds up any more because of this change."""
    more_became_ready: int = 0


class StoredTask(Answer):
    """A task as it is stored."""

    id: str
    title: str
    status: str
    priority: int
    version: int
    description: str = ""
    description_continues_at: int = 0
    """Pass it as description_from to read on; 0 when nothing is left."""
    project: str = ""
    assignee: str = ""
    tags: tuple[str, ...] = ()
    parent: str = ""
    depends_on: tuple[str, ...] = ()
    """Tasks it waits for."""
    blocks: tuple[str, ...] = ()
    """Tasks that wait for it."""
    children: tuple[str, ...] = ()
    other_links: tuple[str, ...] = ()
    """As "kind id", out of it and into it."""
    links_left_out: int = 0
    created_at: str = ""
    updated_at: str = ""
    closed_at: str = ""


class TaskPage(Answer):
    """A part of a list of tasks."""

    tasks: tuple[Brief, ...] = ()
    total: int = 0
    next_cursor: str = ""
    """Pass it as cursor for the next part; empty at the end."""
    note: str = ""


class LinkChange(Answer):
    """What became of a dependency."""

    task_id: str
    depends_on: str
    kind: str
    changed: bool
    """False when it was so already."""
    became_ready: tuple[str, ...] = ()


def moment(seconds: float | None) -> str:
    """Unix seconds as ISO 8601 in UTC, to the second; empty for None."""
    if seconds is None:
        return ""
    try:
        at = datetime.fromtimestamp(seconds, UTC)
    except (
        OverflowError,
        ValueError,
        OSError,
    ):  # a time that an import brought and no calendar has
        return ""
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


def brief(task: Task | TaskBrief, description: str = "", **more: Any) -> Brief:
    """A task as an entry of a list."""
    return Brief(
        id=task.id,
        title=task.title,
        status=task.status,
        priority=task.priority,
        project=task.project,
        assignee=task.assignee,
        description=description,
        **more,
    )


def written(task: Task, **more: Any) -> WrittenTask:
    """A task that was written, as an answer."""
    return WrittenTask(
        id=task.id, title=task.title, status=task.status, priority=task.priority,
        assignee=task.assignee, version=task.version, **more,
    )  # fmt: skip


def stored(task: Task, **more: Any) -> StoredTask:
    """A task as an answer."""
    return StoredTask(
        id=task.id, title=task.title, status=task.status, priority=task.priority,
        version=task.version, project=task.project, assignee=task.assignee,
        tags=within(task.tags, TAG_BYTES),
        parent=task.parent, created_at=moment(task.created_at),
        updated_at=moment(task.updated_at), closed_at=moment(task.closed_at), **more,
    )  # fmt: skip


def linked(task: Task, links: list[Link]) -> dict[str, Any]:
    """The links of a task by what they mean, as many of each as fit."""
    found: dict[str, list[str]] = {
        "depends_on": [],
        "blocks": [],
        "children": [],
        "other_links": [],
    }
    for link in links:
        outward = link.task_id == task.id
        other = link.target_id if outward else link.task_id
        if link.kind == "blocks":
            found["depends_on" if outward else "blocks"].append(other)
        elif link.kind == "parent-child":
            if not outward:
                found["children"].append(other)
            elif other != task.parent:
                found["other_links"].append(f"parent {other}")
        else:
            found["other_links"].append(f"{link.kind} {other}")
    told: dict[str, Any] = {name: within(ids, LINK_BYTES) for name, ids in found.items()}
    return told | {"links_left_out": sum(len(ids) - len(told[name]) for name, ids in found.items())}
