"""Listing and searching."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from mcp_types import CallToolResult
from pydantic import Field

from engine.tasks import TaskStatus
from vespera_tui.mcp_front.answers import Brief, TaskPage, WrittenTask, brief, written
from vespera_tui.mcp_front.budget import cursor_after, fitting, shortened, start_of
from vespera_tui.mcp_front.calls import AgentContext, actor_of, engine_of, key_of, refusals
from vespera_tui.mcp_front.tools.arguments import Cursor, Detail, Key, Limit

if TYPE_CHECKING:
    from engine.api import EngineAPI
    from engine.search_views import SearchHit
    from engine.tasks import Task

IN_LIST = 600
"""Characters of a description in a list."""


async def list_tasks(
    context: AgentContext,
    status: TaskStatus | None = None,
    project: str | None = None,
    assignee: str | None = None,
    tag: str | None = None,
    limit: Limit = 25,
    cursor: Cursor = "",
    detail: Detail = "concise",
) -> Annotated[CallToolResult, TaskPage]:
    """Tasks by priority, then age."""
    engine = engine_of(context)
    with refusals():
        start = start_of(cursor)
        found = await engine.list_tasks(
            status=status, project=project, assignee=assignee, tag=tag, limit=limit, offset=start
        )
        total = await engine.count_tasks(status=status, project=project, assignee=assignee, tag=tag)
    return page([entry(task, detail) for task in found], start, total).result()


async def search_tasks(
    context: AgentContext,
    text: Annotated[str, Field(min_length=1, max_length=2_000)],
    status: TaskStatus | None = None,
    project: str | None = None,
    assignee: str | None = None,
    tag: str | None = None,
    limit: Limit = 10,
    detail: Detail = "concise",
) -> Annotated[CallToolResult, TaskPage]:
    """Tasks near in meaning to the text or with its words, best first.

    While the model is not ready it searches by words alone and says so in note.
    """
    engine = engine_of(context)
    with refusals():
        found = await engine.search(
            text, limit=limit, status=status, project=project, assignee=assignee, tag=tag
        )
        entries = [await _hit(engine, hit, detail) for hit in found.hits]
    answer = page(entries, 0, len(entries))
    answer.next_cursor = ""
    if found.note:
        answer.note = f"searched by {found.mode}: {found.note}"
    return answer.result()


async def ready_tasks(
    context: AgentContext,
    project: str | None = None,
    assignee: Annotated[str | None, Field(description="Empty text: tasks of nobody")] = None,
    limit: Limit = 10,
) -> Annotated[CallToolResult, TaskPage]:
    """Open tasks that nothing holds up, the most urgent and oldest first; claim_task takes one."""
    with refusals():
        found = await engine_of(context).ready(limit=limit, project=project, assignee=assignee)
    answer = page([brief(task) for task in found.tasks], 0, found.total)
    answer.next_cursor = ""
    answer.next = (
        "claim_task takes one" if found.tasks else "analyze_graph shows what holds tasks up"
    )
    return answer.result()


async def claim_task(
    context: AgentContext,
    task_id: Annotated[
        str | None,
        Field(min_length=1, max_length=200, description="Left out: the best that is ready"),
    ] = None,
    project: str | None = None,
    idempotency_key: Key = "",
) -> Annotated[CallToolResult, WrittenTask]:
    """Take a task that is ready: in progress, and yours. No two clients get the same."""
    with refusals():
        task = await engine_of(context).claim_task(
            task_id,
            project=project,
            actor=actor_of(context),
            idempotency_key=key_of(context, idempotency_key),
        )
    advice = "get_task to read it; update_task with status=closed when done"
    return written(task, next=advice).result()


def entry(task: Task, detail: str, **more: object) -> Brief:
    """A task in a list."""
    text = shortened(task.description, 0, IN_LIST)[0] if detail == "full" else ""
    return brief(task, text, **more)


async def _hit(engine: EngineAPI, hit: SearchHit, detail: str) -> Brief:
    near = None if hit.similarity is None else round(hit.similarity, 3)
    return entry(await engine.get_task(hit.id), detail, similarity=near)


def page(entries: list[Brief], start: int, total: int) -> TaskPage:
    """As many of the entries as fit, and how to go on."""
    shown = fitting(entries)
    cursor = cursor_after(start, len(shown), total) if shown else ""
    return TaskPage(
        tasks=tuple(shown),
        total=total,
        next_cursor=cursor,
        next="repeat the call with cursor=next_cursor for more" if cursor else "",
    )
