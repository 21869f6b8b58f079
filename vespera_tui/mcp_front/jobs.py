"""Long jobs as tasks of the protocol, for clients that declare the Tasks extension (SEP-2663).

A job is an operation of the queue, so it is kept in SQLite and outlives this process: its handle is
the operation's number. Nothing of it is held here. Specification: the Tasks extension of
2026-07-28, ``io.modelcontextprotocol/tasks``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp.server.extension import Extension, MethodBinding
from mcp.server.mcpserver.exceptions import ToolError
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS, CallToolRequestParams, CallToolResult, RequestParams

from engine.errors import VesperaError
from engine.operations import OperationFilter, OperationState, Steering
from vespera_tui.mcp_front.answers import moment
from vespera_tui.mcp_front.tools.work import QueuedOperation, queued

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

    from engine.api import EngineAPI
    from engine.snapshots import OperationView

IDENTIFIER = "io.modelcontextprotocol/tasks"
PREFIX = "op-"
POLL_MS = 1_000
LONG = frozenset({"trigger_index_optimization", "force_task_embedding"})
"""Tools whose answer is only the beginning of the work."""
STATES = {
    OperationState.COMPLETED: "completed",
    OperationState.FAILED: "completed",
    OperationState.CANCELLED: "cancelled",
}
"""A job that failed has completed with an error result; ``failed`` is for protocol errors."""


class JobParams(RequestParams):
    """Which job."""

    task_id: str


class Jobs(Extension):
    """The extension: it turns the answer of a long tool into a handle, and serves the handle."""

    identifier = IDENTIFIER

    def methods(self) -> Sequence[MethodBinding]:
        """tasks/get, tasks/update, tasks/cancel."""
        return (
            MethodBinding("tasks/get", JobParams, self._get),
            MethodBinding("tasks/update", JobParams, self._update),
            MethodBinding("tasks/cancel", JobParams, self._cancel),
        )

    async def intercept_tool_call(
        self,
        params: CallToolRequestParams,
        ctx: ServerRequestContext[Any, Any],
        call_next: CallNext,
    ) -> HandlerResult:
        """Answer with a handle instead, where the client declared the extension."""
        result = await call_next(ctx)
        if params.name not in LONG or not _declared(ctx) or not isinstance(result, CallToolResult):
            return result
        if result.is_error or not result.structured_content:
            return result
        number = result.structured_content["operation_id"]
        return {"resultType": "task", **_state(await _operation(ctx, f"{PREFIX}{number}"))}

    async def _get(self, ctx: ServerRequestContext[Any, Any], params: JobParams) -> HandlerResult:
        operation = await _operation(ctx, params.task_id)
        told: dict[str, Any] = {"resultType": "complete", **_state(operation)}
        if told["status"] == "completed":
            answer = await _answer(ctx.lifespan_context, operation)
            result = answer.result()
            result.is_error = operation.state == OperationState.FAILED
            told["result"] = result.model_dump(by_alias=True, mode="json", exclude_none=True)
        return told

    async def _update(
        self, ctx: ServerRequestContext[Any, Any], params: JobParams
    ) -> HandlerResult:
        await _operation(
            ctx, params.task_id
        )  # no job asks for anything: there is nothing to answer
        return {"resultType": "complete"}

    async def _cancel(
        self, ctx: ServerRequestContext[Any, Any], params: JobParams
    ) -> HandlerResult:
        operation = await _operation(ctx, params.task_id)
        client = ctx.session.client_params
        who = client.client_info.name if client else "mcp"
        await ctx.lifespan_context.steer_operations(
            Steering.CANCEL, OperationFilter(ids=(operation.id,)), actor=who
        )
        return {"resultType": "complete"}


def _declared(ctx: ServerRequestContext[Any, Any]) -> bool:
    capabilities = ctx.session.client_capabilities
    return bool(capabilities and IDENTIFIER in (capabilities.extensions or {}))


async def _operation(ctx: ServerRequestContext[Any, Any], handle: str) -> OperationView:
    number = handle.removeprefix(PREFIX)
    found: OperationView | None = None
    if handle.startswith(PREFIX) and number.isascii() and number.isdigit():
        found = await ctx.lifespan_context.get_operation(int(number[:18]))
    if found is None:
        raise MCPError(INVALID_PARAMS, f"taskId: no job {handle[:50]!r}")
    return found


async def _answer(engine: EngineAPI, operation: OperationView) -> QueuedOperation:
    try:
        return await queued(engine, operation.id)
    except (ToolError, VesperaError) as error:
        raise MCPError(INVALID_PARAMS, str(error)) from error


def _state(operation: OperationView) -> dict[str, Any]:
    """The job as the extension writes it; times in ISO 8601."""
    return {
        "taskId": f"{PREFIX}{operation.id}",
        "status": STATES.get(OperationState(operation.state), "working"),
        "statusMessage": operation.waiting_for or operation.state,
        "createdAt": moment(operation.created_at),
        "lastUpdatedAt": moment(
            operation.finished_at or operation.claimed_at or operation.created_at
        ),
        "ttlMs": None,
        "pollIntervalMs": POLL_MS,
    }
