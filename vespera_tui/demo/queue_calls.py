"""The calls about operations: the queue answers them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.operations import NO_DEADLINE, NewOperation, ServicePriority
from vespera_tui.demo.script import EMBED, SYNC, TASKS
from vespera_tui.demo.unplayed import Unplayed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.operation_views import (
        ErrorGroup,
        OperationsPage,
        OperationsQuery,
        SteeringPreview,
    )
    from engine.operations import OperationFilter, Steering
    from engine.queue.memory_queue import MemoryQueue
    from engine.snapshots import OperationView
    from vespera_tui.demo.activity import Activity


class QueueCalls(Unplayed):
    """What is steered has its effect in the queue."""

    # ruff: noqa: D102, ARG002 - EngineAPI says what the calls are for, and has the arguments

    activity: Activity

    @property
    def queue(self) -> MemoryQueue:
        """All operations."""
        return self.activity.queue

    async def operations(
        self,
        *,
        service: str | None = None,
        state: str | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> list[OperationView]:
        return await self.queue.view(service=service, state=state, limit=limit, offset=offset)

    async def operations_page(self, query: OperationsQuery) -> OperationsPage:
        return await self.queue.page(query)

    async def preview_steering(
        self,
        how: Steering,
        which: OperationFilter,
        *,
        priority: ServicePriority | None = None,
        limit: int = 1000,
    ) -> SteeringPreview:
        return await self.queue.preview(how, which, priority=priority, limit=limit)

    async def error_groups(self, *, limit: int = 100) -> list[ErrorGroup]:
        return await self.queue.error_groups(limit)

    async def get_operation(self, operation_id: int) -> OperationView | None:
        return await self.queue.get(operation_id)

    async def schedule_operation(
        self,
        service: str,
        kind: str,
        target: str | None = None,
        *,
        priority: ServicePriority = ServicePriority.NORMAL,
        delay: float = 0.0,
        deadline: float = NO_DEADLINE,
        payload: Mapping[str, Any] | None = None,
        actor: str = "",
        idempotency_key: str = "",
    ) -> int:
        new = NewOperation(
            service, kind, target, payload or {}, priority, delay, deadline=deadline, origin=actor
        )
        self.activity.happened("operation.queued", f"{kind} {target or ''}", actor, service)
        return (await self.queue.enqueue([new]))[0]

    async def steer_operations(
        self,
        how: Steering,
        which: OperationFilter,
        *,
        priority: ServicePriority | None = None,
        actor: str = "",
    ) -> list[int]:
        reason = f"by {actor or 'a person'}"
        touched = await self.queue.steer(how, which, reason=reason, priority=priority)
        if touched:
            self.activity.happened(f"operations.{how}", "", actor, f"{len(touched):,} operations")
        return touched

    async def rebuild(self, projection: str, *, actor: str = "") -> int:
        self.activity.happened("rebuild", projection, actor)
        vectors = projection == "vectors"
        service, kind = (EMBED, "embed_task") if vectors else (SYNC, "sync_task")
        wanted = [NewOperation(service, kind, task, origin=actor) for task in TASKS]
        return len(await self.queue.enqueue(wanted))
