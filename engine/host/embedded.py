"""The engine in this process, as the interface that every front talks to."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from engine.errors import DependencyDownError, InvalidInputError, WorkerError
from engine.monitoring.alerts import current_alerts
from engine.monitoring.processes import ProcessMemory
from engine.operations import ServicePriority, ServiceType
from engine.services.cycle_detection import CycleDependencyService
from engine.snapshots import (
    CycleCounts,
    CycleReport,
    EngineInfo,
    EngineStatus,
    IdleReport,
    ImportReport,
    SearchHit,
    SearchResult,
    ServiceSnapshot,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from engine.background_services import BackgroundServiceManager
    from engine.service_config import ServiceConfiguration
    from engine.snapshots import Alert, Event, OperationView, QueueDepth
    from engine.stores.tasks import TaskStore
    from engine.tasks import Link, Task, TaskDraft

IDLE_POLL_SECONDS = 0.1


class EmbeddedEngine:
    """Implements :class:`engine.api.EngineAPI` on a manager that is initialised."""

    def __init__(
        self,
        manager: BackgroundServiceManager,
        profile_config: Callable[[str], ServiceConfiguration],
    ) -> None:
        self.manager = manager
        self._profile_config = profile_config
        self._memory = ProcessMemory()
        self._since: dict[str, float] = {}

    @property
    def _tasks(self) -> TaskStore:
        return self.manager.context.tasks

    async def create_task(self, draft: TaskDraft, *, actor: str = "") -> Task:
        """Store a task and the operations it causes, in one transaction."""
        task = await self._tasks.create(draft, actor)
        self.manager.events.add("task.created", task.id, actor=actor, message=task.title)
        return task

    async def get_task(self, task_id: str) -> Task:
        """One task; TaskNotFoundError when there is none."""
        return await self._tasks.get(task_id)

    async def get_links(self, task_id: str) -> list[Link]:
        """All links out of and into a task."""
        return await self._tasks.links(task_id)

    async def list_tasks(
        self,
        *,
        status: str | None = None,
        project: str | None = None,
        assignee: str | None = None,
        tag: str | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> list[Task]:
        """Tasks by priority, then age."""
        return await self._tasks.page(
            status=status, project=project, assignee=assignee, tag=tag, limit=limit, offset=offset
        )

    async def update_task(
        self,
        task_id: str,
        changes: Mapping[str, object],
        *,
        expected_version: int | None = None,
        actor: str = "",
    ) -> Task:
        """Change the named fields."""
        task = await self._tasks.update(task_id, changes, expected_version, actor)
        self.manager.events.add("task.updated", task.id, actor=actor, message=task.title)
        return task

    async def delete_task(self, task_id: str, *, actor: str = "") -> Task:
        """Remove a task and its links."""
        task = await self._tasks.delete(task_id, actor)
        self.manager.events.add("task.deleted", task.id, actor=actor, message=task.title)
        return task

    async def add_dependency(
        self, task_id: str, target_id: str, *, kind: str = "blocks", actor: str = ""
    ) -> Link:
        """Make ``task_id`` wait for ``target_id``; CycleError if that closes a cycle."""
        link = await self._tasks.link(task_id, target_id, kind, actor)
        self.manager.events.add("task.linked", task_id, actor=actor, message=target_id)
        return link

    async def remove_dependency(
        self, task_id: str, target_id: str, *, kind: str = "blocks", actor: str = ""
    ) -> bool:
        """Remove the link; False when there was none."""
        removed = await self._tasks.unlink(task_id, target_id, kind, actor)
        if removed:
            self.manager.events.add("task.unlinked", task_id, actor=actor, message=target_id)
        return removed

    async def search(self, text: str, *, limit: int = 10) -> SearchResult:
        """Tasks nearest in meaning; by words, and saying why, when that can't be had."""
        context = self.manager.context
        try:
            (vector,) = await context.embedder.embed([text], urgent=True)
            nearest = await context.projections.vectors_query(vector, limit)
        except (DependencyDownError, WorkerError) as error:
            return await self._search_words(text, limit, str(error))
        if not nearest:
            return await self._search_words(text, limit, "no task is embedded yet")
        tasks = await context.tasks.many([task_id for task_id, _ in nearest])
        return SearchResult(
            tuple(_hit(tasks[i], score) for i, score in nearest if i in tasks), mode="meaning"
        )

    async def _search_words(self, text: str, limit: int, note: str) -> SearchResult:
        found = await self._tasks.by_words(text, limit)
        return SearchResult(tuple(_hit(task, score) for task, score in found), "words", note)

    async def import_drafts(
        self, drafts: Sequence[tuple[int, TaskDraft]], *, actor: str = ""
    ) -> ImportReport:
        """Create or update tasks from ``(line number, draft)``; cycles are kept and flagged."""
        report = await self._tasks.bring_in(drafts, actor)
        message = f"{report.created} created, {report.updated} updated"
        self.manager.events.add("import.done", actor=actor, message=message)
        return report

    def export_tasks(self) -> AsyncIterator[tuple[Task, list[Link]]]:
        """Every task with the links out of it, by id."""
        return self._tasks.everything()

    async def status(self, *, parity: bool = True) -> EngineStatus:
        """The whole state; with ``parity`` the projections are read now."""
        manager = self.manager
        stores = await manager.parity.read() if parity else manager.last_parity
        if parity and manager.state != "running":
            await manager.check_health()  # nothing else does while the services do not run
        depths = await manager.depths()
        services = {name: r.snapshot(depths[name]) for name, r in manager.runners.items()}
        cycles = await self._cycle_counts()
        return EngineStatus(
            engine=self._info(),
            services=services,
            tasks=await self._tasks.counts(),
            parity=stores,
            cycles=cycles,
            alerts=self._dated(current_alerts(manager.config, services, stores, cycles)),
        )

    def _dated(self, alerts: tuple[Alert, ...]) -> tuple[Alert, ...]:
        """The alerts with the time at which each was first seen; those gone are forgotten."""
        now = self.manager.clock.now()
        self._since = {alert.id: self._since.get(alert.id, now) for alert in alerts}
        return tuple(replace(alert, since=self._since[alert.id]) for alert in alerts)

    def _info(self) -> EngineInfo:
        manager = self.manager
        pids = {
            "main": os.getpid(),
            "embedder": manager.context.embedder.pid,
            "projections": manager.context.projections.pid,
        }
        return EngineInfo(
            state=manager.state,
            pid=os.getpid(),
            profile=manager.config.profile,
            uptime_seconds=manager.clock.monotonic() - manager.started_at,
            version=version("vespera-tui"),
            data_dir=str(manager.config.data_dir),
            loop_lag_seconds=manager.loop_lag,
            memory_bytes=self._memory.read(pids),
            peak_memory_bytes=dict(self._memory.peak),
        )

    async def _cycle_counts(self) -> CycleCounts:
        rows = await self.manager.context.database.rows(
            "SELECT tasks FROM cycles WHERE resolved_at IS NULL"
        )
        return CycleCounts(len(rows), sum(len(json.loads(row["tasks"])) for row in rows))

    async def operations(
        self,
        *,
        service: str | None = None,
        state: str | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> list[OperationView]:
        """Operations, running first, then available, scheduled and the newest finished."""
        return await self.manager.context.queue.view(
            service=service, state=state, limit=limit, offset=offset
        )

    async def get_operation(self, operation_id: int) -> OperationView | None:
        """One operation, alive or finished."""
        return await self.manager.context.queue.get(operation_id)

    async def schedule_operation(
        self,
        service: str,
        kind: str,
        target: str | None = None,
        *,
        priority: ServicePriority = ServicePriority.NORMAL,
        delay: float = 0.0,
        payload: Mapping[str, Any] | None = None,
        actor: str = "",
    ) -> int:
        """Queue an operation; returns its id."""
        return await self.manager.schedule_operation(
            service, kind, target, priority=priority, delay=delay, payload=payload, actor=actor
        )

    async def retry_operation(self, operation_id: int, *, actor: str = "") -> bool:
        """Queue a failed or cancelled operation again."""
        done = await self.manager.context.queue.retry(operation_id)
        if done:
            self.manager.events.add("operation.requeued", str(operation_id), actor=actor)
        return done

    async def cancel_operation(self, operation_id: int, *, actor: str = "") -> bool:
        """Cancel an operation that waits."""
        reason = f"cancelled by {actor or 'a person'}"
        done = await self.manager.context.queue.cancel_waiting(operation_id, reason)
        if done:
            self.manager.events.add("operation.cancelled", str(operation_id), actor=actor)
        return done

    async def configure_background_service(
        self, service: str, *, enabled: bool, actor: str = ""
    ) -> ServiceSnapshot:
        """Switch a service on or off until the engine stops."""
        runner = await self.manager.configure_background_service(
            service, enabled=enabled, actor=actor
        )
        return runner.snapshot((await self.manager.depths())[runner.name])

    async def set_profile(self, profile: str, *, actor: str = "") -> None:
        """Change to another profile while running."""
        self.manager.reconfigure(self._profile_config(profile), actor)

    async def cycles(self) -> CycleReport:
        """A full check, now, of all waiting edges."""
        service = self.manager.runner(ServiceType.CYCLE_DETECTION).service
        if not isinstance(service, CycleDependencyService):
            raise InvalidInputError("service: another one took the place of cycle_detection")
        return await service.check()

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

    async def wait_until_idle(self) -> IdleReport:
        """Wait until no operation can make progress any more."""
        while True:
            depths = await self.manager.depths()
            stuck = [name for name, r in self.manager.runners.items() if _stuck(r.status()[0])]
            if not any(_waiting(depths[name]) for name in depths if name not in stuck):
                if not await self.manager.parity.outdated():
                    return self._idle_report(depths, stuck)
                await self.manager.parity.repair()  # done means that the stores say so
                continue
            await self.manager.clock.sleep(IDLE_POLL_SECONDS)

    def _idle_report(self, depths: Mapping[str, QueueDepth], stuck: Sequence[str]) -> IdleReport:
        remaining = {name: _waiting(depths[name]) for name in stuck if _waiting(depths[name])}
        reasons = [f"{name}: {self.manager.runners[name].status()[1]}" for name in remaining]
        return IdleReport(not remaining, sum(remaining.values()), tuple(reasons))

    async def events(self, after: int = 0, limit: int = 100) -> list[Event]:
        """Recent events with a number above ``after``, oldest first."""
        return self.manager.events.after(after, limit)


def _hit(task: Task, score: float) -> SearchHit:
    return SearchHit(task.id, task.title, score, task.status, task.project)


def _waiting(depth: QueueDepth) -> int:
    return depth.scheduled + depth.available + depth.running


def _stuck(status: str) -> bool:
    return status in {"disabled", "degraded", "failed", "stopped"}
