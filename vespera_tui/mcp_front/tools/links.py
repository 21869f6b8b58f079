"""Dependencies between tasks."""

from __future__ import annotations

from typing import Annotated, Literal

from mcp_types import CallToolResult
from pydantic import Field

from vespera_tui.mcp_front.answers import LinkChange
from vespera_tui.mcp_front.calls import AgentContext, actor_of, engine_of, refusals
from vespera_tui.mcp_front.tools.arguments import TaskId

Kind = Annotated[
    Literal["blocks", "parent-child", "discovered-from", "related", "duplicates"],
    Field(description="parent-child: depends_on is the parent; the last three order nothing"),
]


async def add_dependency(
    context: AgentContext, task_id: TaskId, depends_on: TaskId, kind: Kind = "blocks"
) -> Annotated[CallToolResult, LinkChange]:
    """Make a task wait for another; refused with the path if that closes a cycle."""
    engine = engine_of(context)
    with refusals():
        added = await engine.add_dependency(task_id, depends_on, kind=kind, actor=actor_of(context))
    return LinkChange(task_id=task_id, depends_on=depends_on, kind=kind, changed=added).result()


async def remove_dependency(
    context: AgentContext, task_id: TaskId, depends_on: TaskId, kind: Kind = "blocks"
) -> Annotated[CallToolResult, LinkChange]:
    """Remove a dependency; add_dependency brings it back."""
    with refusals():
        removed = await engine_of(context).remove_dependency(
            task_id, depends_on, kind=kind, actor=actor_of(context)
        )
    return LinkChange(task_id=task_id, depends_on=depends_on, kind=kind, changed=removed).result()
