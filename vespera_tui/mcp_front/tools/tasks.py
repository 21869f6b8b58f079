"""Creating, reading and changing a task."""

from __future__ import annotations

from typing import Annotated, Any

from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import CallToolResult
from pydantic import Field

from engine.api import EngineAPI
from engine.errors import TaskNotFoundError
from engine.tasks import FINISHED, MAX_DESCRIPTION, MAX_TITLE, TaskDraft, TaskStatus
from vespera_tui.mcp_front.answers import (
    LINK_BYTES,
    StoredTask,
    WrittenTask,
    linked,
    stored,
    written,
)
from vespera_tui.mcp_front.budget import shortened, within
from vespera_tui.mcp_front.calls import AgentContext, actor_of, engine_of, key_of, refusals
from vespera_tui.mcp_front.tools.arguments import Detail, Key, Priority, TaskId

Title = Annotated[str, Field(min_length=1, max_length=MAX_TITLE)]
Description = Annotated[str, Field(max_length=MAX_DESCRIPTION)]
Tags = Annotated[tuple[str, ...], Field(max_length=100)]


async def create_task(
    context: AgentContext,
    title: Title,
    description: Description = "",
    status: TaskStatus = "open",
    priority: Priority = 2,
    project: str = "",
    parent: str = "",
    tags: Tags = (),
    assignee: str = "",
    depends_on: Annotated[
        tuple[str, ...], Field(max_length=100, description="Ids it waits for; may not exist yet")
    ] = (),
    idempotency_key: Key = "",
) -> Annotated[CallToolResult, WrittenTask]:
    """Store a new task; it is on disk when this answers, with its id.

    A dependency that closes a cycle is refused with the path, and nothing is stored.
    """
    draft = TaskDraft(
        title=title, description=description, status=status, priority=priority, project=project,
        parent=parent, tags=tags, assignee=assignee, depends_on=depends_on,
    )  # fmt: skip
    engine = engine_of(context)
    with refusals():
        task = await engine.create_task(
            draft, actor=actor_of(context), idempotency_key=key_of(context, idempotency_key)
        )
        named = dict.fromkeys((*((task.parent,) if task.parent else ()), *depends_on))
        unknown = [other for other in named if not await _exists(engine, other)]
    return written(task, unknown=tuple(unknown)).result()


async def get_task(
    context: AgentContext,
    task_id: TaskId,
    detail: Detail = "full",
    description_from: Annotated[int, Field(ge=0, le=MAX_DESCRIPTION)] = 0,
) -> Annotated[CallToolResult, StoredTask]:
    """One task with its links; a long description comes in parts."""
    engine = engine_of(context)
    with refusals():
        task = await engine.get_task(task_id)
        links = await engine.get_links(task_id)
    more: dict[str, Any] = linked(task, links)
    if detail == "full":
        text, rest = shortened(task.description, description_from)
        more |= {"description": text, "description_continues_at": rest}
    return stored(task, **more).result()


async def update_task(
    context: AgentContext,
    task_id: TaskId,
    title: Title | None = None,
    description: Description | None = None,
    status: TaskStatus | None = None,
    priority: Priority | None = None,
    project: str | None = None,
    assignee: str | None = None,
    tags: Tags | None = None,
    parent: Annotated[str | None, Field(description="Id; empty text removes it")] = None,
    expected_version: Annotated[
        int | None, Field(ge=1, description="Refuse if the task is at another version")
    ] = None,
    idempotency_key: Key = "",
) -> Annotated[CallToolResult, WrittenTask]:
    """Change the fields that are given, and no others.

    Setting status to closed or cancelled answers with the tasks that became ready.
    """
    given = {
        "title": title, "description": description, "status": status, "priority": priority,
        "project": project, "assignee": assignee, "tags": tags, "parent": parent,
    }  # fmt: skip
    changes = {name: value for name, value in given.items() if value is not None}
    if not changes:
        raise ToolError(f"nothing to change: give one of {', '.join(given)}")
    engine, actor = engine_of(context), actor_of(context)
    key = key_of(context, idempotency_key)
    finished = changes.pop("status") if status in FINISHED else None
    with refusals():
        if changes:
            task = await engine.update_task(
                task_id,
                changes,
                expected_version=expected_version,
                actor=actor,
                idempotency_key=key,
            )
            expected_version = None
        if finished is None:
            return written(task).result()
        done = await engine.finish_task(
            task_id,
            status=str(finished),
            expected_version=expected_version,
            actor=actor,
            idempotency_key=f"{key}/finish" if key else "",
        )
    freed = tuple(each.id for each in done.became_ready)
    told = within(freed, LINK_BYTES)
    return written(done.task, became_ready=told, more_became_ready=len(freed) - len(told)).result()


async def _exists(engine: EngineAPI, task_id: str) -> bool:
    try:
        await engine.get_task(task_id)
    except TaskNotFoundError:
        return False
    return True
