"""What the engine in this process does with operations and services."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from engine.errors import InvalidInputError
from engine.operations import NO_DEADLINE, ServicePriority, ServiceType, Steering
from engine.services.index_optimization import AUTOMATIC, IndexOptimizationService
from engine.services.optimization import records
from engine.snapshots import IdleReport, ServiceSnapshot
from engine.stores.idempotency import idempotent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.background_services import BackgroundServiceManager
    from engine.operation_views import (
        ErrorGroup,
        OperationsPage,
        OperationsQuery,
        SteeringPreview,
    )
    from engine.operations import OperationFilter
    from engine.snapshots import OperationView, OptimizationRun, QueueDepth


IDLE_POLL_SECONDS = 0.1


class WorkMethods:
    """The part of :class:`engine.api.EngineAPI` about operations and services."""

    manager: BackgroundServiceManager

    async def operations(
        self,
        *,
        service: str | None = None,
        state: str | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> list[OperationView]:
        """Operations, running first, then available, scheduled and the newest finished."""
        await self._check_service(service)
        return await self.manager.context.queue.view(
            service=service, state=state, limit=limit, offset=offset
        )

    async def operations_page(self, query: OperationsQuery) -> OperationsPage:
        """A filtered and sorted part of all operations, and how many there are in all."""
        await self._check_service(query.which.service)
        return await self.manager.context.queue.page(query)

    async def preview_steering(
        self,
        how: Steering,
        which: OperationFilter,
        *,
        priority: ServicePriority | None = None,
        limit: int = 1000,
    ) -> SteeringPreview:
        """What steering would touch now, with the first ``limit`` ids."""
        await self._check_service(which.service)
        return await self.manager.context.queue.preview(how, which, priority=priority, limit=limit)

    async def error_groups(self, *, limit: int = 100) -> list[ErrorGroup]:
        """Failed operations by what they have in common, the one that failed last first."""
        return await self.manager.context.queue.error_groups(limit)

    async def get_operation(self, operation_id: int) -> OperationView | None:
        """One operation, alive or finished."""
        return await self.manager.context.queue.get(operation_id)

    @idempotent
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
        """Queue an operation; returns its id."""
        return await self.manager.schedule_operation(
            service,
            kind,
            target,
            priority=priority,
            delay=delay,
            deadline=deadline,
            payload=payload,
            actor=actor,
        )

    async def steer_operations(
        self,
        how: Steering,
        which: OperationFilter,
        *,
        priority: ServicePriority | None = None,
        actor: str = "",
    ) -> list[int]:
        """Do that to all operations that match and do not run; the ids of those touched."""
        if how is Steering.PRIORITIZE and priority is None:
            raise InvalidInputError("priority: which one is missing")
        await self._check_service(which.service)
        by = actor or "a person"
        done = {Steering.PAUSE: "paused", Steering.DISCARD: "discarded"}.get(how, "cancelled")
        reason = f"{done} by {by}"
        touched = await self.manager.context.queue.steer(
            how, which, reason=reason, priority=priority
        )
        if touched:
            one = f"operation {touched[0]}"
            message = f"{len(touched):,} operations" if len(touched) > 1 else one
            self.manager.events.add(f"operations.{how}", actor=actor, message=message)
        return touched

    async def configure_background_service(
        self, service: str, *, enabled: bool, actor: str = ""
    ) -> ServiceSnapshot:
        """Switch a service on or off until the engine stops."""
        runner = await self.manager.configure_background_service(
            service, enabled=enabled, actor=actor
        )
        return await runner.snapshot((await self.manager.depths())[runner.name])

    async def _check_service(self, service: str | None) -> None:
        """InvalidInputError unless it is one, or one that is gone but left operations behind."""
        if service is not None and service not in await self.manager.context.queue.stats():
            self.manager.runner(service)

    async def pause_service(self, service: str, *, actor: str = "") -> int:
        """Hand out nothing of it until it is resumed, restarts included; how many wait."""
        name = self.manager.runner(service).name
        waiting = await self.manager.context.queue.pause(name, f"paused by {actor or 'a person'}")
        self.manager.events.add("service.paused", name, actor=actor)
        return waiting

    async def resume_service(self, service: str, *, actor: str = "") -> int:
        """Hand out again; how many wait."""
        name = self.manager.runner(service).name
        waiting = await self.manager.context.queue.resume(name)
        self.manager.events.add("service.resumed", name, actor=actor)
        return waiting

    async def drain_service(self, service: str, *, seconds: float, actor: str = "") -> int:
        """Pause it and wait for what runs; how many still run after ``seconds``."""
        name = self.manager.runner(service).name
        await self.pause_service(name, actor=actor)
        due = self.manager.clock.monotonic() + seconds
        while running := (await self.manager.depths())[name].running:
            if self.manager.clock.monotonic() >= due:
                break
            await self.manager.clock.sleep(IDLE_POLL_SECONDS)
        return running

    async def repair_parity(self, *, actor: str = "") -> int:
        """Compare the stores now and queue what mends them; how many operations."""
        queued = await self.manager.parity.repair()
        message = f"{queued:,} operations queued"
        self.manager.events.add("parity.asked", actor=actor, message=message)
        return queued

    async def rebuild(self, projection: str, *, actor: str = "") -> int:
        """Throw ``vectors`` or ``graph`` away and queue its rebuilding."""
        projections, queued = self.manager.context.projections, 1
        if projection == "vectors":
            await projections.vectors_reset()
            queued = await self.manager.parity.repair()
        elif projection == "graph":
            await self.manager.schedule_operation(
                ServiceType.INCREMENTAL_SYNC,
                "batch_sync",
                "rebuild",
                priority=ServicePriority.HIGH,
                payload={"rebuild": True},
                actor=actor,
            )
        else:
            raise InvalidInputError(f"rebuild: {projection!r} is not one of vectors, graph")
        self.manager.events.add("rebuild", projection, actor=actor)
        return queued

    async def optimize(
        self, stores: Sequence[str] = (), *, dry_run: bool = False, actor: str = ""
    ) -> tuple[OptimizationRun, ...]:
        """Optimise those stores, now; without any named, all three."""
        for store in stores:
            if store not in records.STORES:
                allowed = ", ".join(records.STORES)
                raise InvalidInputError(f"store: {store!r} is not one of {allowed}")
        service = self.manager.runner(ServiceType.INDEX_OPTIMIZATION).service
        if not isinstance(service, IndexOptimizationService):
            raise InvalidInputError("service: another one took the place of index_optimization")
        runs = await service.optimize(
            stores or records.STORES, actor or "a person", dry_run=dry_run
        )
        return tuple(runs)

    async def optimizations(self, limit: int = 20) -> tuple[OptimizationRun, ...]:
        """What the last runs measured, did and gained, newest first."""
        return await records.latest(self.manager.context.database, limit)

    async def wait_until_idle(self) -> IdleReport:
        """Wait until no operation can make progress any more."""
        while True:
            depths = await self.manager.depths()
            stuck = [name for name, runner in self.manager.runners.items() if runner.stuck]
            waiting = sum(_waiting(depths[name]) for name in depths if name not in stuck)
            if not waiting or waiting == await self._patient():
                if not await self.manager.parity.outdated():
                    return self._idle_report(depths, stuck)
                await self.manager.parity.repair()  # done means that the stores say so
                continue
            await self.manager.clock.sleep(IDLE_POLL_SECONDS)

    async def _patient(self) -> int:
        """Optimisations that nobody asked for: they wait for a quiet moment, however long."""
        name = ServiceType.INDEX_OPTIMIZATION
        if self.manager.runners[name].stuck:
            return 0
        row = await self.manager.context.database.row(
            "SELECT count(*) AS number FROM operations WHERE service = ? AND key IS NOT NULL"
            " AND state IN ('scheduled', 'available')"
            " AND origin IN (SELECT value FROM json_each(?))",
            (name, json.dumps(sorted(AUTOMATIC))),
        )
        return 0 if row is None else int(row["number"])

    def _idle_report(self, depths: Mapping[str, QueueDepth], stuck: Sequence[str]) -> IdleReport:
        remaining = {name: _waiting(depths[name]) for name in stuck if _waiting(depths[name])}
        reasons = [f"{name}: {self.manager.runners[name].status()[1]}" for name in remaining]
        return IdleReport(not remaining, sum(remaining.values()), tuple(reasons))


def _waiting(depth: QueueDepth) -> int:
    return depth.scheduled + depth.available + depth.running
