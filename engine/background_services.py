"""BackgroundServiceManager: opens the stores, runs the services and the queue's loops, stops them.

Start in order: lock, database, queue, children, loops, services; stop in reverse.
"""

from __future__ import annotations

import asyncio
import os
import uuid
from collections import Counter
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from engine import closing
from engine.clock import IdSource, SystemClock
from engine.database.database import Database
from engine.errors import DependencyDownError, InvalidInputError
from engine.host.lock import DirectoryLock
from engine.monitoring.alert_keeper import AlertKeeper
from engine.monitoring.delivery import Delivery
from engine.monitoring.events import EventLog
from engine.monitoring.history import MetricHistory
from engine.monitoring.processes import ProcessUse
from engine.monitoring.sampling import Sampler
from engine.monitoring.situation import situation
from engine.monitoring.watch import HealthWatch, LoopLag
from engine.operations import NO_DEADLINE, NewOperation, ServicePriority, ServiceType
from engine.plugins import loading as plugins
from engine.queue import loops
from engine.queue.sqlite_queue import SqliteQueue
from engine.repair import ParityKeeper
from engine.resources.cores import confine
from engine.resources.governor import Governor
from engine.services import cycle_schedule
from engine.services.auto_embedding import AutoEmbeddingService
from engine.services.base import ServiceContext
from engine.services.breaker import Breakers
from engine.services.cycle_detection import CycleDependencyService
from engine.services.incremental_sync import IncrementalSyncService
from engine.services.index_optimization import IndexOptimizationService
from engine.services.optimization.schedule import OptimizationSchedule
from engine.services.runner import ServiceRunner
from engine.snapshots import QueueDepth, StoreParity
from engine.stores import idempotency
from engine.stores.embedder import Embedder
from engine.stores.meaning import Meaning
from engine.stores.outbox import Outbox
from engine.stores.projections import Projections
from engine.stores.tasks import TaskStore
from engine.supervision import supervise

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from engine.clock import Clock
    from engine.database.writer import WriterConnection
    from engine.host.owner import Owner
    from engine.plugins.service import PluginService
    from engine.service_config import ServiceConfiguration

SERVICES = (
    AutoEmbeddingService,
    CycleDependencyService,
    IncrementalSyncService,
    IndexOptimizationService,
)


class BackgroundServiceManager:
    """The engine's life: ``initialize()`` opens, ``start()`` works, ``stop()`` ends both."""

    def __init__(
        self,
        config: ServiceConfiguration,
        *,
        clock: Clock | None = None,
        ids: IdSource | None = None,
        lock: DirectoryLock | None = None,
        unexpected: Counter[str] | None = None,
    ) -> None:
        self.config = config
        self.clock: Clock = clock or SystemClock()
        self.ids = ids or IdSource()
        self.events = EventLog(self.clock)
        self.state = "stopped"
        self.lag = LoopLag(self.clock)
        self.started_at = self.clock.monotonic()
        self.crashed_loops: dict[str, str] = {}
        """Loops that were given up, and why."""
        self.unexpected: Counter[str] = Counter() if unexpected is None else unexpected
        """Errors that nobody foresaw, by where."""
        self.lock = lock or DirectoryLock(config.data_dir)
        self._database = Database(config.data_dir, synchronous=config.synchronous)
        self._loops: list[asyncio.Task[None]] = []
        self._confined = False
        self.runners: dict[str, ServiceRunner] = {}
        self.governor = Governor(lambda: self.config, self.clock)
        self._delivery = Delivery(lambda: self.config, self.clock, self.events)
        self.alerts = AlertKeeper(self._database, self.clock, self.events, self._delivery.submit)
        self.plugins: list[PluginService] = []
        self.plugin_problems: list[str] = []
        self._outbox: Outbox
        self.history = MetricHistory(self._database, self.clock)
        self.context: ServiceContext
        self.meaning: Meaning
        self.parity: ParityKeeper
        self.sampler = self._sampler()
        self.watch: HealthWatch

    async def initialize(
        self, on_step: Callable[[str], None] = lambda _: None, owner: Owner | None = None
    ) -> None:
        """Take the data directory and open the stores. Raises DataDirectoryError."""
        self.state = "starting"
        on_step(f"taking {self.config.data_dir}")
        if not self.lock.held:
            self.lock.acquire(owner)
        try:
            on_step("opening the tasks")
            await self._database.open()
            self.events.begin(await self._database.write(_next_life))
            self._assemble()
            await self._add_plugins()
            on_step("picking up where the queue stopped")
            await self.context.queue.open()
            await self.context.queue.rescue(all_others=True)
            await self.alerts.load()
        except BaseException:  # also when cancelled: nothing may stay open or locked
            try:
                await self._database.close()
            finally:
                self.lock.release()
                self.state = "stopped"
            raise
        self.state = "open"

    def _assemble(self) -> None:
        owner = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        queue = SqliteQueue(
            self._database, self.config, clock=self.clock, ids=self.ids, owner=owner
        )
        self._outbox = Outbox(queue)
        tasks = TaskStore(self._database, queue, self._outbox, clock=self.clock, ids=self.ids)
        tasks.guard.notice = lambda why: self.events.add(
            "cycles.order", message=why, level="warning"
        )
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
            breakers=Breakers(self.clock),
            governor=self.governor,
            started_at=self.clock.now(),
        )
        self.meaning = Meaning(self.context.embedder, self.context.projections)
        self.runners = {service.name: ServiceRunner(service(self.context)) for service in SERVICES}
        self.parity = ParityKeeper(self.context)
        self.watch = HealthWatch(
            self.clock,
            self.runners,
            partial(situation, self),
            self.alerts,
            self.history.baseline_p95,
        )

    async def _add_plugins(self) -> None:
        self.plugins, self.plugin_problems = await asyncio.to_thread(plugins.load, self.context)
        for service in self.plugins:
            self.runners[service.name] = ServiceRunner(service)
            self._outbox.listeners.append(service.for_task)
        for problem in self.plugin_problems:
            self.events.add("plugin.left_out", message=problem, level="warning")

    async def start(self) -> None:
        """Run the queue's loops and the services."""
        await self._confine(wanted=self.config.resources.one_core)
        self.context.tasks.guard.start()
        queue, clock = self.context.queue, self.clock
        own_loops: dict[str, Callable[[], Awaitable[None]]] = {
            "stager": partial(loops.stager, queue, clock),
            "ager": partial(loops.ager, queue, clock),
            "rescuer": partial(loops.rescuer, queue, clock),
            "pruner": partial(loops.pruner, queue, clock),
            "parity": self.parity.keep,
            "answers": partial(idempotency.prune_for_ever, self._database, clock),
            "resources": self.governor.run,
            "model": self.context.embedder.unload_when_idle,
            "cycles": partial(cycle_schedule.keep_time, self.context),
            "optimization": OptimizationSchedule(self.context).run,
            "lag": self.lag.run,
            "metrics": self.sampler.run,
            "plugins": partial(plugins.keep_time, self.plugins, self.context),
            "health": self.watch.probe_for_ever,
            "alerts": self.watch.alert_for_ever,
        }
        for name, loop in own_loops.items():
            self._spawn(name, loop, partial(self.crashed_loops.__setitem__, name))
        for runner in self.runners.values():
            self._spawn(runner.name, runner.work, partial(setattr, runner, "crash"))
        self.started_at = clock.monotonic()
        self.state = "running"
        self.events.add("engine.started", message=f"profile {self.config.profile}")

    def pids(self) -> dict[str, int | None]:
        """Process id by name of process; None for one that does not run."""
        return {
            "main": os.getpid(),
            "embedder": self.context.embedder.pid,
            "projections": self.context.projections.pid,
            **self.context.embedder.former_pids,
            **{plugin.label: plugin.pid for plugin in self.plugins},
        }

    def _sampler(self) -> Sampler:
        use = ProcessUse()

        def machine() -> dict[str, float]:
            memory = use.read(self.pids())
            return {
                "loop_lag": self.lag.seconds,
                **{f"memory.{name}": float(size) for name, size in memory.items()},
                **{f"cpu.{name}": percent for name, percent in use.cpu_percent.items()},
            }

        return Sampler(
            self.history,
            self.clock,
            meters=lambda: {name: runner.meter for name, runner in self.runners.items()},
            depths=self.depths,
            machine=machine,
        )

    async def _confine(self, *, wanted: bool) -> None:
        """Keep this process and its children to one core, or let them have all."""
        if not wanted and not self._confined:
            return
        confined = await asyncio.to_thread(confine, None, wanted)
        self._confined = wanted and confined.done
        if wanted and not confined.done:
            self.events.add("resources.unconfined", message=confined.reason, level="warning")

    def _spawn(
        self, name: str, loop: Callable[[], Awaitable[None]], gave_up: Callable[[str], None]
    ) -> None:
        running = supervise(
            name,
            loop,
            clock=self.clock,
            ids=self.ids,
            events=self.events,
            gave_up=gave_up,
            unexpected=self.unexpected,
        )
        self._loops.append(asyncio.create_task(running, name=name))

    async def stop(self) -> None:
        """Let running batches finish within ``shutdown_timeout_seconds``, then close everything.

        What does not finish in time is handed back to the queue; it is not a failed attempt. All
        is closed whatever fails; what failed first is raised then.
        """
        if self.state == "stopped":
            return
        self.state = "stopping"
        try:
            await closing.one_by_one(
                (
                    self.drain,
                    self._end_loops,
                    self._delivery.close,
                    self._stop_children,
                    partial(self._confine, wanted=False),
                    self.context.tasks.guard.close,
                    self._database.close,
                )
            )
        finally:
            self.lock.release()
            self.state = "stopped"

    async def _end_loops(self) -> None:
        for task in reversed(self._loops):
            task.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        self._loops.clear()

    async def _stop_children(self) -> None:
        await closing.together(
            (
                self.context.embedder.stop(),
                self.context.projections.stop(),
                *(plugin.stop() for plugin in self.plugins),
            )
        )

    async def drain(self) -> None:
        """Let the services take nothing more, and what runs end in time."""
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
        deadline: float = NO_DEADLINE,
        payload: Mapping[str, Any] | None = None,
        actor: str = "",
    ) -> int:
        """Queue an operation and return its id. Raises UnknownOperationError, QueueFullError."""
        with suppress(DependencyDownError):  # a plugin that loads: the run will tell
            self.runner(service).service.check_kind(kind)
        new = NewOperation(
            str(service),
            kind,
            target,
            payload=payload or {},
            priority=priority,
            delay=delay,
            deadline=deadline,
            origin=actor,
        )
        (operation_id,) = await self.context.queue.enqueue([new])
        self.events.add(
            "operation.queued", f"{kind} {target or ''}".strip(), actor=actor, message=str(service)
        )
        return operation_id

    async def reconfigure(self, config: ServiceConfiguration, actor: str = "") -> None:
        """Put another configuration into force; the data directory and model stay as opened."""
        before = {name: runner.service.enabled for name, runner in self.runners.items()}
        self.config = self.context.config = self.context.queue.config = config
        for name, runner in self.runners.items():
            wanted = runner.service.enabled  # unless that is new, what a person switched stays so
            runner.switch(enabled=runner.enabled if wanted == before[name] else wanted)
        await self._confine(wanted=config.resources.one_core)
        self.events.add("profile.changed", config.profile, actor=actor)

    async def depths(self) -> dict[str, QueueDepth]:
        """Queue depth of every service."""
        stats = await self.context.queue.stats()
        return {name: stats.get(name, QueueDepth()) for name in self.runners}

    @property
    def last_parity(self) -> StoreParity:
        """Parity as it was last read."""
        return self.parity.last


def _next_life(connection: WriterConnection) -> int:
    """How often the store was opened, this time included."""
    (life,) = connection.execute(
        "INSERT INTO meta VALUES ('lives', '1') ON CONFLICT (key)"
        " DO UPDATE SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT) RETURNING value"
    ).fetchone()
    return int(life)
