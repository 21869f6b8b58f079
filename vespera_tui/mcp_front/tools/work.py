"""Background services and their operations."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import CallToolResult
from pydantic import BaseModel, Field

from engine.operations import (
    OperationFilter,
    OperationState,
    ServicePriority,
    ServiceType,
    Steering,
)
from engine.snapshots import Parity
from vespera_tui.mcp_front.answers import Answer, moment
from vespera_tui.mcp_front.calls import AgentContext, actor_of, engine_of, refusals
from vespera_tui.mcp_front.tools.arguments import ServiceName, TaskId

if TYPE_CHECKING:
    from engine.api import EngineAPI
    from engine.snapshots import OperationView, ServiceSnapshot

PLACES_READ = 500
"""Waiting operations looked at to tell an operation's place; behind them there is no number."""
ALERTS_TOLD = 20
LONGEST_NOTE = 500
LOOK_SECONDS = 0.5
Wait = Annotated[
    float, Field(ge=0, le=300, description="Wait so long for it to finish, telling its progress")
]


class QueuedOperation(Answer):
    """An operation and where it stands; it has not run because it was asked for."""

    operation_id: int
    service: str
    kind: str
    target: str | None = None
    state: str
    """scheduled, available, running, completed, failed or cancelled."""
    place: int | None = None
    """1 for the next of its service to run; null unless it is available and near the front."""
    attempts: int = 0
    note: str = ""
    """What it waits for, or what went wrong; empty when nothing holds it up."""
    finished_at: str = ""


class Service(BaseModel):
    """A background service."""

    status: str
    enabled: bool = True
    reason: str = ""
    """Why it is not running."""
    doing: str = ""
    waiting: int = 0
    running: int = 0
    failed: int = 0
    errors_last_hour: int = 0


class SwitchedService(Answer):
    """A background service after the change."""

    name: str
    service: Service


class BackgroundStatus(Answer):
    """The engine, its services and how far the stores are in step."""

    engine_state: str
    profile: str
    tasks: int = 0
    cycles: int = 0
    in_step: bool
    """Whether vectors and graph hold exactly what the tasks say, read from the stores now."""
    vectors: str = ""
    nodes: str = ""
    edges: str = ""
    services: dict[str, Service] = Field(default_factory=dict)
    alerts: tuple[str, ...] = ()


async def get_background_service_status(
    context: AgentContext,
) -> Annotated[CallToolResult, BackgroundStatus]:
    """State and queue of the four services, and whether the stores are in step, read from them."""
    with refusals():
        status = await engine_of(context).status()
    parity = status.parity
    return BackgroundStatus(
        engine_state=status.engine.state,
        profile=status.engine.profile,
        tasks=status.tasks.total,
        cycles=status.cycles.components,
        in_step=parity.complete,
        vectors=_parity(parity.vectors),
        nodes=_parity(parity.graph.nodes),
        edges=_parity(parity.graph.edges),
        services={name: _service(each) for name, each in status.services.items()},
        alerts=tuple(
            f"{alert.severity}: {alert.message}"[:LONGEST_NOTE]
            for alert in status.alerts[:ALERTS_TOLD]
        ),
    ).result()


def _parity(parity: Parity) -> str:
    if parity.error:
        return f"not readable: {parity.error}"[:LONGEST_NOTE]
    wrong = {"missing": parity.missing, "stale": parity.stale, "orphaned": parity.orphaned}
    told = "".join(f", {count} {name}" for name, count in wrong.items() if count)
    return f"{parity.current} of {parity.expected} current{told}"


def _service(found: ServiceSnapshot) -> Service:
    queue = found.queue
    return Service(
        status=found.status, enabled=found.enabled, reason=found.reason[:LONGEST_NOTE],
        doing=found.activity[:LONGEST_NOTE], waiting=queue.scheduled + queue.available,
        running=queue.running, failed=queue.failed,
        errors_last_hour=found.metrics.errors_last_hour,
    )  # fmt: skip


async def configure_background_service(
    context: AgentContext, service: ServiceName, enabled: bool
) -> Annotated[CallToolResult, SwitchedService]:
    """Switch a background service on or off. While it is off its operations wait."""
    with refusals():
        snapshot = await engine_of(context).configure_background_service(
            service, enabled=enabled, actor=actor_of(context)
        )
    return SwitchedService(name=snapshot.name, service=_service(snapshot)).result()


async def get_operation(
    context: AgentContext, operation_id: Annotated[int, Field(ge=1)]
) -> Annotated[CallToolResult, QueuedOperation]:
    """Where a queued operation stands, waiting, running or finished."""
    with refusals():
        return (await queued(engine_of(context), operation_id)).result()


async def trigger_index_optimization(
    context: AgentContext, wait_seconds: Wait = 0
) -> Annotated[CallToolResult, QueuedOperation]:
    """Queue an optimisation of the three stores ahead of routine work."""
    target = "manual_trigger"
    number = await _queue(context, ServiceType.INDEX_OPTIMIZATION, "optimize_indices", target)
    return (await followed(context, number, wait_seconds)).result()


async def force_task_embedding(
    context: AgentContext, task_id: TaskId, wait_seconds: Wait = 0
) -> Annotated[CallToolResult, QueuedOperation]:
    """Queue a new embedding of a task even if its text did not change."""
    with refusals():
        task = await engine_of(context).get_task(task_id)
    force = {"force": True}
    number = await _queue(context, ServiceType.AUTO_EMBEDDING, "embed_task", task.id, payload=force)
    return (await followed(context, number, wait_seconds)).result()


async def _queue(context: AgentContext, service: str, kind: str, target: str, **more: Any) -> int:
    with refusals():
        return await engine_of(context).schedule_operation(
            service, kind, target, priority=ServicePriority.HIGH, actor=actor_of(context), **more
        )


async def followed(context: AgentContext, operation_id: int, seconds: float) -> QueuedOperation:
    """The operation once it ended, or as it is after ``seconds``; tells its progress meanwhile.

    A call that is cancelled takes the operation along if it has not begun.
    """
    engine, waited = engine_of(context), 0.0
    try:
        while True:
            with refusals():
                found = await queued(engine, operation_id)
            if found.finished_at or waited >= seconds:
                return found
            what = f"{found.state}, place {found.place}" if found.place else found.state
            await context.report_progress(waited, seconds, what)
            await asyncio.sleep(LOOK_SECONDS)
            waited += LOOK_SECONDS
    except asyncio.CancelledError:
        one = OperationFilter(ids=(operation_id,))
        await asyncio.shield(engine.steer_operations(Steering.CANCEL, one, actor=actor_of(context)))
        raise


async def queued(engine: EngineAPI, operation_id: int) -> QueuedOperation:
    """Read the operation back, so that the answer says what the queue holds."""
    operation = await engine.get_operation(operation_id)
    if operation is None:
        raise ToolError(
            f"operation_id: no operation {operation_id}; finished ones are kept for a while only"
        )
    note = await _note(engine, operation)
    return QueuedOperation(
        operation_id=operation.id, service=operation.service, kind=operation.kind,
        target=operation.key, state=operation.state, place=await _place(engine, operation),
        attempts=operation.attempts, note=note[:LONGEST_NOTE],
        finished_at=moment(operation.finished_at),
        next="" if operation.finished_at else "call get_operation to see it finish",
    )  # fmt: skip


async def _note(engine: EngineAPI, operation: OperationView) -> str:
    if operation.finished_at is not None:
        return operation.detail
    service = (await engine.status(parity=False)).services.get(operation.service)
    if service is not None and not service.enabled:
        return f"{operation.service} is switched off: it waits until the service is enabled"
    if operation.waiting_for:
        return f"waits for {operation.waiting_for}"
    return operation.detail


async def _place(engine: EngineAPI, operation: OperationView) -> int | None:
    if operation.state != OperationState.AVAILABLE:
        return None
    waiting = await engine.operations(
        service=operation.service, state=OperationState.AVAILABLE, limit=PLACES_READ
    )
    return next((n for n, other in enumerate(waiting, 1) if other.id == operation.id), None)
