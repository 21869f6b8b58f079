"""An engine whose work is made up: a real queue in memory, services that only pretend."""

from __future__ import annotations

import json
import random
import tempfile
from collections import Counter, deque
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine.clock import IdSource, SystemClock
from engine.configuration import editing
from engine.configuration.checking import nested
from engine.configuration.loading import origin, reloaded
from engine.operations import (
    NO_DEADLINE,
    Completed,
    Failed,
    NewOperation,
    ServicePriority,
    ServiceType,
)
from engine.queue.memory_queue import MemoryQueue
from engine.service_config import get_development_config
from engine.snapshots import Alert, Event, Parity, QueueDepth, ServiceMetrics
from vespera_tui.demo.log import log_page
from vespera_tui.demo.script import AT_ONCE, EMBED, SECONDS, SYNC, TASKS, arrivals, outcome
from vespera_tui.demo.stores import OPTIMIZATIONS, STORES
from vespera_tui.demo.task_calls import TaskCalls
from vespera_tui.demo.tasks import Board
from vespera_tui.scene import MIB, STATUS, STEPS
from vespera_tui.scene_cycles import CyclePlay
from vespera_tui.scene_past import samples
from vespera_tui.unplayed import Unplayed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from contextlib import AbstractAsyncContextManager
    from typing import Any

    from engine.api import EngineAPI
    from engine.clock import Clock
    from engine.configuration.editing import ConfigurationView, SettingSaved
    from engine.cycle_views import CutRecord
    from engine.monitoring.log_tail import LogPage, LogQuery
    from engine.monitoring.samples import Sample
    from engine.operation_views import (
        ErrorGroup,
        OperationsPage,
        OperationsQuery,
        SteeringPreview,
    )
    from engine.operations import Operation, OperationFilter, Steering
    from engine.snapshots import EngineStatus, OperationView, OptimizationRun, ServiceSnapshot
    from engine.store_views import StoresReport

MADE_UP_FILE = Path("/home/ada/.config/vespera/config.json")
PAST_SECONDS = 900
"""How much has happened when the demonstration begins."""
LONGEST_STEP = 5
"""Seconds that are made up at once; a longer pause is skipped."""
KEPT, PRUNED_EVERY = 3_000, 60
EVENTS_KEPT = 300
WINDOW = 10
"""Seconds over which a rate is taken."""


class _Time:
    """The time in the demonstration, which is made up step by step."""

    def __init__(self, now: float) -> None:
        self.time = now

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds


class DemoEngine(TaskCalls, Unplayed):
    """Plays what the dashboard asks of an engine; what is steered has its effect in the queue.

    ``clock`` says how much time passes; the same ``seed`` makes the same activity.
    """

    # ruff: noqa: D102 - EngineAPI says what the calls are for

    def __init__(self, clock: Clock | None = None, *, seed: int = 7) -> None:
        self._clock = clock or SystemClock()
        self._rng = random.Random(seed)  # noqa: S311 - repeatable activity, not secrets
        self._started = self._clock.now()
        self.cycle_play = CyclePlay(self._started)
        self.board = Board(self._started, seed)
        self._time = _Time(self._started - PAST_SECONDS)
        self._config = get_development_config()
        self.queue = MemoryQueue(
            self._config, clock=self._time, ids=IdSource(self._rng), owner="demo"
        )
        self._running: list[tuple[float, Operation]] = []
        self._events: deque[Event] = deque(maxlen=EVENTS_KEPT)
        self._seq = 0
        self._enabled = dict.fromkeys(STATUS.services, True)
        self._done: Counter[str] = Counter()
        self._failed: Counter[str] = Counter()
        self._retried: Counter[str] = Counter()
        self._last: dict[str, deque[int]] = {
            name: deque([0] * WINDOW, maxlen=WINDOW) for name in STATUS.services
        }
        self._acknowledged: dict[str, str] = {}
        self._profile = "development"
        made_up = {"workers": 3, "embedding.batch_size": 16}
        self._loaded = reloaded(origin(self._config), MADE_UP_FILE, made_up)
        self.was_left = self._begun = False

    # Time passes

    async def catch_up(self) -> None:
        """Make up what happened until now."""
        behind = self._clock.now() - self._time.time
        if self._begun and behind > LONGEST_STEP:
            self._time.time = self._clock.now() - LONGEST_STEP
        self._begun = True
        while self._time.time + 1 <= self._clock.now():
            self._time.time += 1
            await self._second()

    async def _second(self) -> None:
        now = self._time.time
        new = arrivals(self._rng, int(now))
        await self.queue.enqueue(new)
        for each in new[:1]:
            self._happened("task.updated", each.key or "", each.origin, "")
        await self.queue.stage()
        ended = Counter[str]()
        for due, operation in [each for each in self._running if each[0] <= now]:
            self._running.remove((due, operation))
            await self._end(operation, ended)
        for service in STATUS.services:
            self._last[service].append(ended[service])
            await self._start(service)
        if int(now) % PRUNED_EVERY == 0:
            await self.queue.prune(KEPT)

    async def _start(self, service: str) -> None:
        if not self._enabled[service] or (service == SYNC and self._kuzu_away):
            return
        busy = sum(operation.service == service for _, operation in self._running)
        for operation in await self.queue.claim(service, max(AT_ONCE[service] - busy, 0)):
            took = SECONDS[service] * self._rng.uniform(0.5, 2.5)
            self._running.append((self._time.time + took, operation))

    async def _end(self, operation: Operation, ended: Counter[str]) -> None:
        how = outcome(self._rng, operation)
        await self.queue.settle([(operation, how)])
        ended[operation.service] += 1
        if isinstance(how, Completed):
            self._done[operation.service] += 1
        elif isinstance(how, Failed):
            last = how.permanent or operation.attempts + 1 >= operation.max_attempts
            (self._failed if last else self._retried)[operation.service] += 1
            kind = "operation.failed" if last else "operation.retried"
            subject = f"{operation.kind} {operation.key or ''}"
            self._happened(kind, subject, operation.service, how.error)

    def _happened(self, kind: str, subject: str, actor: str, message: str) -> None:
        self._seq += 1
        self._events.append(Event(self._seq, self._time.time, kind, subject, actor, message))

    def tell_cut(self, kind: str, done: CutRecord, actor: str) -> None:
        self._happened(kind, f"cut {done.id}", actor, "")

    @property
    def _kuzu_away(self) -> bool:
        return int(self._time.time) % 150 >= 130  # noqa: PLR2004 - 20 of 150 seconds

    # What the dashboard asks

    async def status(self, *, parity: bool = True) -> EngineStatus:  # noqa: ARG002 - EngineAPI's
        await self.catch_up()
        depths = await self.queue.stats()
        services = {
            name: self._service(snapshot, depths.get(name, QueueDepth()))
            for name, snapshot in STATUS.services.items()
        }
        uptime = PAST_SECONDS + self._time.time - self._started
        memory = {"main": 83 * MIB, "embedder": 402 * MIB, "projections": 171 * MIB}
        return replace(
            STATUS,
            engine=replace(
                STATUS.engine,
                profile=self._profile,
                uptime_seconds=uptime,
                data_dir="(made-up activity; nothing is stored)",
                memory_bytes=memory,
                loop_lag_seconds=(1 + int(self._time.time) % 5) / 1000,  # the same at any question
            ),
            services=services,
            parity=self._parity(services),
            alerts=self._alerts(services),
        )

    def _service(self, written: ServiceSnapshot, depth: QueueDepth) -> ServiceSnapshot:
        name, last = written.name, self._last[written.name]
        working = [each for _, each in self._running if each.service == name]
        status, reason = "running", ""
        if not self._enabled[name]:
            status, reason = "disabled", "switched off; its operations wait"
        elif name in self.queue.pauses():
            status, reason = "paused", self.queue.pauses()[name]
        elif name == SYNC and self._kuzu_away:
            status, reason = "degraded", "kuzu: no answer for 30 s; restarting, work waits"
        waiting = [row.run_at for row in self.queue.store.select("available", service=name)]
        return replace(
            written,
            enabled=self._enabled[name],
            status=status,
            reason=reason,
            activity=f"{working[0].kind} x{len(working)}" if working else "",
            queue=depth,
            metrics=ServiceMetrics(
                operations_completed=self._done[name],
                operations_failed=self._failed[name],
                operations_retried=self._retried[name],
                errors_last_hour=self._failed[name] + self._retried[name],
                rate_per_second=sum(last) / len(last),
                p50_seconds=SECONDS[name] / 9,
                p95_seconds=SECONDS[name] / 3,
                oldest_wait_seconds=self._time.time - min(waiting) if waiting else None,
            ),
        )

    def _parity(self, services: Mapping[str, ServiceSnapshot]) -> Any:
        total = STATUS.tasks.total
        late = {
            name: each.queue.available + each.queue.scheduled for name, each in services.items()
        }
        embedded = min(late[ServiceType.AUTO_EMBEDDING], total)
        synced = min(late[SYNC], total)
        vectors = Parity(total, total - embedded, embedded)
        nodes = Parity(total, total - synced, 0, synced)
        graph = replace(STATUS.parity.graph, nodes=nodes, edges=Parity(1_320, 1_320))
        return replace(STATUS.parity, vectors=vectors, graph=graph, checked_at=self._time.time)

    def _alerts(self, services: Mapping[str, ServiceSnapshot]) -> tuple[Alert, ...]:
        since, found = self._started - PAST_SECONDS, []
        if self._kuzu_away:
            since_away = self._time.time - int(self._time.time) % 150 + 130
            message = "kuzu is away; graph work waits for it and goes on by itself"
            found.append(Alert("kuzu-down", "critical", message, since_away))
        found.append(Alert("cycles", "warning", "3 tasks wait for each other; see screen 3", since))
        for name, each in services.items():
            if each.queue.failed > 12:  # noqa: PLR2004 - worth an alert
                message = f"{name}: {each.queue.failed} operations failed; see screen 4"
                found.append(Alert(f"failed.{name}", "warning", message, since + 60))
        return tuple(
            replace(each, acknowledged_by=self._acknowledged.get(each.id, "")) for each in found
        )

    async def events(self, after: int = 0, limit: int = 100) -> list[Event]:
        return [event for event in self._events if event.seq > after][-limit:]

    async def operations(
        self,
        *,
        service: str | None = None,
        state: str | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> list[OperationView]:
        return await self.queue.view(service=service, state=state, limit=limit, offset=offset)

    async def configuration(self) -> ConfigurationView:
        return editing.view(self._loaded, self._loaded.file)

    async def save_setting(self, key: str, value: str | None, *, actor: str = "") -> SettingSaved:
        with tempfile.TemporaryDirectory() as folder:  # nothing of a person's is changed
            file = Path(folder) / "config.json"
            own = {k: s.value for k, s in self._loaded.settings.items() if "file" in s.source}
            file.write_text(json.dumps(nested(own), default=str), "utf-8")
            self._loaded, saved = editing.save(self._loaded, file, key, value)
        self._loaded = replace(self._loaded, file=MADE_UP_FILE)
        self._happened("setting.saved", key, actor, saved.value)
        return replace(saved, file=str(MADE_UP_FILE))

    async def metrics(self, service: str = "", *, seconds: float = 3600.0) -> tuple[Sample, ...]:
        return samples(service, seconds, self._clock.now(), scale=0.05)

    async def stores_report(self) -> StoresReport:
        return replace(STORES, wal_bytes=1_000_000 + self._seq * 4_096)

    async def optimizations(self, limit: int = 20) -> tuple[OptimizationRun, ...]:
        return tuple(replace(run, at=self._started - run.at) for run in OPTIMIZATIONS[:limit])

    async def log_lines(self, query: LogQuery) -> LogPage:
        return log_page(self._events, query)

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
        idempotency_key: str = "",  # noqa: ARG002 - EngineAPI
    ) -> int:
        new = NewOperation(
            service, kind, target, payload or {}, priority, delay, deadline=deadline, origin=actor
        )
        self._happened("operation.queued", f"{kind} {target or ''}", actor, service)
        return (await self.queue.enqueue([new]))[0]

    async def steer_operations(
        self,
        how: Steering,
        which: OperationFilter,
        *,
        priority: ServicePriority | None = None,
        actor: str = "",
    ) -> int:
        reason = f"by {actor or 'a person'}"
        touched = await self.queue.steer(how, which, reason=reason, priority=priority)
        if touched:
            self._happened(f"operations.{how}", "", actor, f"{touched:,} operations")
        return touched

    async def pause_service(self, service: str, *, actor: str = "") -> int:
        self._happened("service.paused", service, actor, "")
        return await self.queue.pause(service, f"paused by {actor or 'a person'}")

    async def resume_service(self, service: str, *, actor: str = "") -> int:
        self._happened("service.resumed", service, actor, "")
        return await self.queue.resume(service)

    async def configure_background_service(
        self, service: str, *, enabled: bool, actor: str = ""
    ) -> ServiceSnapshot:
        self._enabled[service] = enabled
        self._happened("service.enabled" if enabled else "service.disabled", service, actor, "")
        depth = (await self.queue.stats()).get(service, QueueDepth())
        return self._service(STATUS.services[service], depth)

    async def set_profile(self, profile: str, *, actor: str = "") -> None:
        self._profile = profile
        self._happened("profile.changed", profile, actor, "")

    async def rebuild(self, projection: str, *, actor: str = "") -> int:
        self._happened("rebuild", projection, actor, "")
        vectors = projection == "vectors"
        service, kind = (EMBED, "embed_task") if vectors else (SYNC, "sync_task")
        wanted = [NewOperation(service, kind, task, origin=actor) for task in TASKS]
        return len(await self.queue.enqueue(wanted))

    async def acknowledge_alert(self, alert_id: str, *, actor: str = "") -> bool:
        self._acknowledged[alert_id] = actor
        return True

    async def typed(self) -> None:
        """Nothing makes room: there is no work."""

    def opener(self) -> Callable[..., AbstractAsyncContextManager[EngineAPI]]:
        """What :class:`vespera_tui.app.VesperaApp` opens."""

        @asynccontextmanager
        async def opened(*, on_step: Callable[[str], None]) -> AsyncIterator[EngineAPI]:
            for step in STEPS:
                on_step(step)
            await self.catch_up()
            try:
                yield self
            finally:
                self.was_left = True

        return opened
