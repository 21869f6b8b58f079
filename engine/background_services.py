"""BackgroundServiceManager: opens the stores, runs the services and the queue's loops, stops them.

Start in order: lock, database, queue, children, loops, services; stop in reverse.
"""

from __future__ import annotations

import asyncio
import os
import uuid
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any

from engine.clock import IdSource, SystemClock
from engine.database.database import Database
from engine.errors import InvalidInputError, VesperaError
from engine.host.lock import DirectoryLock
from engine.monitoring.events import EventLog
from engine.operations import NewOperation, ServicePriority, ServiceType
from engine.queue import loops
from engine.queue.sqlite_queue import SqliteQueue
from engine.repair import ParityKeeper, optimization_timer
from engine.services.auto_embedding import AutoEmbeddingService
from engine.services.base import ServiceContext
from engine.services.cycle_detection import CycleDependencyService
from engine.services.incremental_sync import IncrementalSyncService
from engine.services.index_optimization import IndexOptimizationService
from engine.services.runner import ServiceRunner
from engine.snapshots import QueueDepth, StoreParity
from engine.stores.embedder import Embedder
from engine.stores.outbox import Outbox
from engine.stores.projections import Projections
from engine.stores.tasks import TaskStore
from engine.supervision import supervise

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from engine.clock import Clock
    from engine.service_config import ServiceConfiguration

SERVICES = (
    AutoEmbeddingService,
    CycleDependencyService,
    IncrementalSyncService,
    IndexOptimizationService,
)
LAG_SECONDS, LAGS_KEPT = 0.25, 40
"""How often the event loop's delay is measured, and how many measurements count (10 s)."""
PROBE_SECONDS = 15.0
"""How often an idle service checks that what it needs is still there."""


class BackgroundServiceManager:
    """The engine's life: ``initialize()`` opens, ``start()`` works, ``stop()`` ends both."""

    def __init__(
        self,
        config: ServiceConfiguration,
        *,
        clock: Clock | None = None,
        ids: IdSource | None = None,
    ) -> None:
        self.config = config
        self.clock: Clock = clock or SystemClock()
        self.ids = ids or IdSource()
        self.events = EventLog(self.clock)
        self.state = "stopped"
        self._lags: deque[float] = deque(maxlen=LAGS_KEPT)
        self.started_at = self.clock.monotonic()
        self._lock = DirectoryLock(config.data_dir)
        self._database = Database(config.data_dir, synchronous=config.synchronous)
        self._loops: list[asyncio.Task[None]] = []
        self.runners: dict[str, ServiceRunner] = {}
        self.context: ServiceContext
        self.parity: ParityKeeper

    async def initialize(self, on_step: Callable[[str], None] = lambda _: None) -> None:
        """Take the data directory and open the stores. Raises DataDirectoryError."""
        self.state = "starting"
        on_step(f"taking {self.config.data_dir}")
        self._lock.acquire()
        try:
            on_step("opening the tasks")
            await self._database.open()
            self._assemble()
            on_step("picking up where the queue stopped")
            await self.context.queue.rescue(all_others=True)
        except BaseException:  # also when cancelled: nothing may stay open or locked
            await self._database.close()
            self._lock.release()
            self.state = "stopped"
            raise
        self.state = "open"

    def _assemble(self) -> None:
        owner = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        queue = SqliteQueue(
            self._database, self.config, clock=self.clock, ids=self.ids, owner=owner
        )
        tasks = TaskStore(self._database, queue, Outbox(queue), clock=self.clock, ids=self.ids)
        seconds = self.config.operation_timeout_seconds
        self.context = ServiceContext(
            config=self.config,
            database=self._database,
            queue=queue,
            tasks=tasks,
            projections=Projections(self.config.data_dir, clock=self.clock, seconds=seconds),
            embedder=Embedder(
                self.config.embedding,
                threads=self.config.workers,
                clock=self.clock,
                seconds=seconds,
            ),
            events=self.events,
            clock=self.clock,
            started_at=self.clock.now(),
        )
        self.runners = {service.name: ServiceRunner(service(self.context)) for service in SERVICES}
        self.parity = ParityKeeper(self.context)

    async def start(self) -> None:
        """Run the queue's loops and the services."""
        queue, clock = self.context.queue, self.clock
        queue_loops: dict[str, Callable[[], Awaitable[None]]] = {
            "stager": partial(loops.stager, queue, clock),
            "rescuer": partial(loops.rescuer, queue, clock),
            "pruner": partial(loops.pruner, queue, clock),
            "parity": self.parity.keep,
            "optimization timer": partial(optimization_timer, self.context),
            "health": self._watch,
            "lag": self._measure_lag,
        }
        for name, loop in queue_loops.items():
            self._spawn(name, loop, lambda _: None)
        for runner in self.runners.values():
            self._spawn(runner.name, runner.work, partial(setattr, runner, "crash"))
        self.started_at = clock.monotonic()
        self.state = "running"
        self.events.add("engine.started", message=f"profile {self.config.profile}")

    def _spawn(
        self, name: str, loop: Callable[[], Awaitable[None]], gave_up: Callable[[str], None]
    ) -> None:
        running = supervise(name, loop, clock=self.clock, events=self.events, gave_up=gave_up)
        self._loops.append(asyncio.create_task(running, name=name))

    async def _measure_lag(self) -> None:
        while True:
            before = self.clock.monotonic()
            await self.clock.sleep(LAG_SECONDS)
            self._lags.append(max(0.0, self.clock.monotonic() - before - LAG_SECONDS))

    @property
    def loop_lag(self) -> float:
        """Largest delay of the event loop in the last ten seconds, in seconds."""
        return max(self._lags, default=0.0)

    async def _watch(self) -> None:
        while True:
            await self.check_health()
            await self.clock.sleep(PROBE_SECONDS)

    async def check_health(self) -> None:
        """Probe what every enabled service needs."""
        await asyncio.gather(*(self._check_one(runner) for runner in self.runners.values()))

    @staticmethod
    async def _check_one(runner: ServiceRunner) -> None:
        if not runner.enabled:
            return
        try:
            await runner.check()
        except VesperaError as error:  # for instance a child that died while it was asked
            runner.down = str(error)

    async def stop(self) -> None:
        """Let running batches finish within ``shutdown_timeout_seconds``, then close everything.

        What does not finish in time is handed back to the queue; it is not a failed attempt.
        """
        if self.state == "stopped":
            return
        self.state = "stopping"
        await self._drain()
        for task in reversed(self._loops):
            task.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        self._loops.clear()
        await asyncio.gather(self.context.embedder.stop(), self.context.projections.stop())
        await self._database.close()
        self._lock.release()
        self.state = "stopped"

    async def _drain(self) -> None:
        for runner in self.runners.values():
            runner.drain()
        working = [task for task in self._loops if task.get_name() in self.runners]
        busy = [t for t in working if self.runners[t.get_name()].busy]
        if busy:
            await asyncio.wait(busy, timeout=self.config.shutdown_timeout_seconds)

    def runner(self, service: str) -> ServiceRunner:
        """The runner of a service; InvalidInputError that lists them when there is none."""
        if service not in self.runners:
            allowed = ", ".join(self.runners)
            raise InvalidInputError(f"service: {service!r} is not one of {allowed}")
        return self.runners[service]

    async def configure_background_service(
        self, service: ServiceType | str, *, enabled: bool, actor: str = ""
    ) -> ServiceRunner:
        """Switch a service on or off until the engine stops."""
        runner = self.runner(service)
        runner.switch(enabled=enabled)
        kind = "service.enabled" if enabled else "service.disabled"
        self.events.add(kind, runner.name, actor=actor)
        return runner

    async def schedule_operation(
        self,
        service: ServiceType | str,
        kind: str,
        target: str | None = None,
        *,
        priority: ServicePriority = ServicePriority.NORMAL,
        delay: float = 0.0,
        payload: Mapping[str, Any] | None = None,
        actor: str = "",
    ) -> int:
        """Queue an operation and return its id. Raises UnknownOperationError, QueueFullError."""
        self.runner(service).service.check_kind(kind)
        new = NewOperation(
            str(service),
            kind,
            target,
            payload=payload or {},
            priority=priority,
            delay=delay,
            origin=actor,
        )
        (operation_id,) = await self.context.queue.enqueue([new])
        self.events.add(
            "operation.queued", f"{kind} {target or ''}".strip(), actor=actor, message=str(service)
        )
        return operation_id

    def reconfigure(self, config: ServiceConfiguration, actor: str = "") -> None:
        """Put another configuration into force; the data directory and model stay as opened."""
        self.config = self.context.config = self.context.queue.config = config
        for runner in self.runners.values():
            runner.switch(enabled=runner.service.enabled)
        self.events.add("profile.changed", config.profile, actor=actor)

    async def depths(self) -> dict[str, QueueDepth]:
        """Queue depth of every service."""
        stats = await self.context.queue.stats()
        return {name: stats.get(name, QueueDepth()) for name in self.runners}

    @property
    def last_parity(self) -> StoreParity:
        """Parity as it was last read."""
        return self.parity.last
