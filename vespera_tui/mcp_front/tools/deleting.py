"""Deleting a task: it asks first, in the way that the client can."""

from __future__ import annotations

from typing import Annotated

from mcp.server.mcpserver import Elicit, Resolve
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import CallToolResult
from pydantic import BaseModel, Field

from engine.api import EngineAPI
from vespera_tui.mcp_front.answers import Answer, linked
from vespera_tui.mcp_front.calls import AgentContext, actor_of, engine_of, key_of, refusals
from vespera_tui.mcp_front.confirmation import Confirmations, Consent, can_ask
from vespera_tui.mcp_front.tools.arguments import Key, TaskId

CONFIRMATIONS = Confirmations()
"""The tokens of this process; they end with it."""


class Deletion(Answer):
    """What was deleted, or what would be and how to confirm it."""

    task_id: str
    deleted: bool
    title: str = ""
    links_removed: int = 0
    waiting_for_it: tuple[str, ...] = ()
    """Tasks that wait for it; they no longer do once it is gone."""
    confirm: str = ""
    """Pass it as confirm to delete; good once, for ten minutes, for this version of this task."""


async def consent(context: AgentContext, task_id: str, confirm: str) -> Consent | Elicit[Consent]:
    """The person's answer, where the client can ask; else none, and a token is needed."""
    if confirm or not can_ask(context):
        return Consent(confirmed=False)
    with refusals():
        preview = await _preview(engine_of(context), task_id)
    return Elicit(_question(preview), Consent)


async def delete_task(
    context: AgentContext,
    task_id: TaskId,
    asked: Annotated[Consent, Resolve(consent)],
    confirm: Annotated[
        str, Field(max_length=100, description="Token of the preview; leave out at first")
    ] = "",
    idempotency_key: Key = "",
) -> Annotated[CallToolResult, Deletion]:
    """Delete a task and its links for good. The first call only previews.

    It answers with a token; repeat the call with it. Clients that can ask their person do that
    instead.
    """
    engine = engine_of(context)
    with refusals():
        preview = await _preview(engine, task_id)
        subject = f"delete {task_id} {preview.version}"
        if confirm and not CONFIRMATIONS.take(confirm, subject):
            raise ToolError(
                "confirm: this token is used up, expired, or for another task or version;"
                " call delete_task without it for a new one"
            )
        if not confirm and not asked.confirmed:
            return _not_yet(context, preview, subject).result()
        key = key_of(context, idempotency_key)
        await engine.delete_task(task_id, actor=actor_of(context), idempotency_key=key)
    return preview.answer(deleted=True).result()


def _not_yet(context: AgentContext, preview: _Preview, subject: str) -> Deletion:
    if can_ask(context):
        return preview.answer(advice="the person did not agree; nothing was deleted")
    token = CONFIRMATIONS.give(subject)
    return preview.answer(confirm=token, advice="to delete it, repeat this call with confirm")


class _Preview(BaseModel):
    task_id: str
    title: str
    version: int
    links: int
    waiting: tuple[str, ...]

    def answer(self, *, deleted: bool = False, confirm: str = "", advice: str = "") -> Deletion:
        return Deletion(
            task_id=self.task_id, deleted=deleted, title=self.title, links_removed=self.links,
            waiting_for_it=self.waiting, confirm=confirm, next=advice,
        )  # fmt: skip


async def _preview(engine: EngineAPI, task_id: str) -> _Preview:
    task = await engine.get_task(task_id)
    links = await engine.get_links(task_id)
    waiting = linked(task, links)["blocks"]
    return _Preview(
        task_id=task.id, title=task.title, version=task.version, links=len(links), waiting=waiting
    )


def _question(preview: _Preview) -> str:
    """Names the task by its id alone: its title is somebody's text and no part of a question."""
    waiting = len(preview.waiting)
    also = f" {waiting} tasks wait for it." if waiting else ""
    return f"Delete the task {preview.task_id} and its {preview.links} links for good?{also}"
