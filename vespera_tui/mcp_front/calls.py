"""What every tool needs of a call: the engine, who calls, and errors that the model may read."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError

from engine.api import EngineAPI
from engine.errors import CycleError, TaskNotFoundError, VersionConflictError, VesperaError

if TYPE_CHECKING:
    from collections.abc import Iterator

AgentContext = Context[EngineAPI, Any]
LONGEST_NAME = 100
NEXT = (
    (TaskNotFoundError, "call search_tasks or list_tasks to find its id"),
    (VersionConflictError, "call get_task, then update_task with its version"),
    (CycleError, "call analyze_graph with kind=cycles, or remove one of these dependencies"),
)
"""What to do about an error that has a cure by another call."""


@contextmanager
def refusals() -> Iterator[None]:
    """Let the engine's own errors reach the model, with the next call; any other stays here."""
    try:
        yield
    except VesperaError as error:
        cure = next((words for kind, words in NEXT if isinstance(error, kind)), "")
        raise ToolError(f"{error}; {cure}" if cure else str(error)) from error


def engine_of(context: AgentContext) -> EngineAPI:
    """The engine that serves every call."""
    return context.request_context.lifespan_context


def actor_of(context: AgentContext) -> str:
    """The client's name as it gave it, at most 100 printable characters, or ``mcp``.

    It is recorded with changes and not checked.
    """
    params = context.request_context.session.client_params
    name = params.client_info.name if params else ""
    return "".join(char for char in name if char.isprintable())[:LONGEST_NAME].strip() or "mcp"


def key_of(context: AgentContext, key: str) -> str:
    """A client's own key, so that two clients may use the same; empty without one."""
    return f"mcp/{actor_of(context)[:40]}/{key}" if key else ""
