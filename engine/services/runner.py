"""Runs one service: its workers, what holds them back, its state and its numbers."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engine.errors import DependencyDownError, VesperaError
from engine.monitoring.metrics import ServiceMeter
from engine.operations import Completed, Failed
from engine.services.attempt import attempt
from engine.services.batch_size import BatchSize
from engine.services.pace import Backlog
from engine.snapshots import QueueDepth, ServiceSnapshot

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from engine.operations import Operation
    from engine.queue.port import Ended
    from engine.services.base import BackgroundService

FAILURES_THAT_DEGRADE = 3
LOOK_AGAIN_SECONDS = 1.0
"""How often a worker that is spared looks whether it is wanted again."""


class ServiceRunner:
    """The workers around a :class:`BackgroundService`; each is a consumer of the queue."""

    def __init__(self, service: BackgroundService) -> None:
        self.service = service
        self.context = service.context
        self.name: str = service.name
        self.enabled = service.enabled
        self.started = False
        self.crash = ""
        """Why the workers were given up, if they were."""
        self.meter = ServiceMeter(self.context.clock)
        self._backlog = Backlog()
        self._needs = {self.name, *service.dependencies}
        self._size = BatchSize()
        self._activity: dict[int, str] = {}
        self._changed = asyncio.Event()
        self._draining = False

    # -- steering

    def switch(self, *, enabled: bool) -> None:
        """On or off; operations wait while it is off."""
        self.enabled = enabled
        self._look_again()

    def drain(self) -> None:
        """Finish the batches that run and take no more."""
        self._draining = True
        self._look_again()

    def _look_again(self) -> None:
        self._changed.set()
        self.context.queue.wake(self.name)

    @property
    def busy(self) -> bool:
        """Whether a batch runs now."""
        return bool(self._activity)

    # -- state

    @property
    def down(self) -> str:
        """The part that is away, and why; nothing is taken meanwhile."""
        found = self.context.breakers.open_among(self._needs)
        return found[0].reason if found else ""

    def status(self) -> tuple[str, str]:
        """The state in one word, and the reason when it is not well."""
        if self.crash:
            return "failed", self.crash
        if not self.enabled:
            return "disabled", "switched off; its operations wait"
        if (reason := self.context.queue.pauses().get(self.name)) is not None:
            return "paused", reason or "paused; its operations wait"
        if reason := self.down or self.service.trouble:
            return "degraded", reason
        if self.meter.failures_in_a_row >= FAILURES_THAT_DEGRADE and self.meter.failed_lately:
            return "degraded", f"its last runs failed: {self.meter.last_error}"
        return ("running", "") if self.started else ("stopped", "")

    @property
    def stuck(self) -> bool:
        """Whether its operations wait for something to change, and not just for their turn."""
        paused = self.name in self.context.queue.pauses()
        return bool(self.crash or self.down or self.service.trouble or paused) or not (
            self.enabled and self.started
        )

    async def snapshot(self, depth: QueueDepth) -> ServiceSnapshot:
        """All that a card shows."""
        status, reason = self.status()
        since = await self.context.queue.due_since(self.name)
        waited = None if since is None else max(0.0, self.context.clock.now() - since)
        metrics = replace(self.meter.snapshot(), oldest_wait_seconds=waited)
        backlog = self._backlog.progress(
            depth.available + depth.running,
            metrics.operations_completed + metrics.operations_failed,
            metrics.rate_per_second,
        )
        return ServiceSnapshot(
            name=self.name,
            enabled=self.enabled,
            status=status,
            reason=reason,
            activity=self.service.activity or self._doing(),
            last_result=await self.service.last_result(),
            progress=self.service.progress or backlog,
            workers=self.workers,
            queue=depth,
            metrics=metrics,
        )

    def _doing(self) -> str:
        told = self.service.progress
        how_far = [f"{told.done:,} of {told.total:,} {told.unit}"] if told and told.total else []
        return ", ".join([*self._activity.values(), *how_far])

    # -- work

    @property
    def workers(self) -> int:
        """Batches that may run at the same time, by the configuration."""
        wanted = self.context.config.of_service(self.name).workers or self.context.config.workers
        return min(wanted, self.service.max_workers or wanted)

    async def work(self) -> None:
        """Run the workers until drained or cancelled; more or fewer when the settings change."""
        self.started, self._draining = True, False
        running: dict[int, asyncio.Task[None]] = {}
        try:
            while not self._draining:
                self._changed.clear()
                for number in set(range(self.workers)) - running.keys():
                    consuming = self.context.queue.run(self.name, _Worker(self, number))
                    name = f"{self.name} {number}"
                    running[number] = asyncio.create_task(consuming, name=name)
                await self._until_changed(running)
            await asyncio.gather(*running.values())
        finally:
            self.started = False
            for task in running.values():
                task.cancel()
            await asyncio.gather(*running.values(), return_exceptions=True)

    async def _until_changed(self, running: dict[int, asyncio.Task[None]]) -> None:
        changed = asyncio.ensure_future(self._changed.wait())
        try:
            await asyncio.wait({changed, *running.values()}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            changed.cancel()
        for number in [number for number, task in running.items() if task.done()]:
            running.pop(number).result()  # raises what ended it

    async def ready(self, number: int) -> int:
        """Wait until worker ``number`` may take operations; how many. 0 ends it."""
        context = self.context
        while not self._draining and number < self.workers:
            if not self.enabled:
                await self._changed_or(None)
            elif number >= context.governor.workers(self.workers):
                await self._changed_or(LOOK_AGAIN_SECONDS)
            elif not await self._parts_are_there():
                continue
            else:
                return context.governor.batch(await self._batch_size())
        return 0

    async def _changed_or(self, seconds: float | None) -> None:
        waits: list[asyncio.Future[Any]] = [asyncio.ensure_future(self._changed.wait())]
        if seconds is not None:
            waits.append(asyncio.ensure_future(self.context.clock.sleep(seconds)))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def _batch_size(self) -> int:
        service, config = self.service, self.context.config
        return self._size.next(
            smallest=service.min_batch_size,
            largest=service.batch_size,
            target_seconds=config.batch_seconds,
            backlog=self.context.queue.available(self.name),
            workers=self.workers,
        )

    async def _parts_are_there(self) -> bool:
        for breaker in self.context.breakers.open_among(self._needs):
            await self._changed_or(breaker.due_in)
            if self._draining or breaker.due_in > 0:
                return False
            await self.check()
            return False
        return True

    async def check(self) -> None:
        """Probe what the service needs, and note whether it is there."""
        if opened := self.context.breakers.open_among(self._needs):
            if await opened[0].probe(self.service.probe):
                for breaker in opened:
                    breaker.close()
                self.context.events.add("service.recovered", self.name)
                self._look_again()
            return
        try:
            await self.service.probe()
        except DependencyDownError as error:
            self._note_down(error)
        except VesperaError as error:  # for instance a child that died while it was asked
            self._note_down(DependencyDownError(self.name, str(error)))

    def _note_down(self, error: DependencyDownError) -> float:
        """Open the part's breaker; in how many seconds to try again."""
        part = error.dependency
        if not self.service.dependencies:  # it did not say what it needs, so may probe nothing:
            part = f"{self.name}: {part}"  # it must not close what opened for others
            self._needs.add(part)
        seconds = self.context.config.probe_interval_seconds
        breaker = self.context.breakers.of(part)
        if breaker.trip(str(error), seconds):
            self.context.events.add(
                "service.degraded", self.name, message=str(error), level="warning"
            )
            self._look_again()  # an idle worker has to start probing
        return max(seconds, breaker.due_in)

    async def take(self, operations: Sequence[Operation]) -> AsyncIterator[Ended]:
        """Run them, a batch a kind; outcomes as they are known."""
        by_kind: dict[str, list[Operation]] = defaultdict(list)
        for operation in operations:
            by_kind[operation.kind].append(operation)
        for kind, batch in by_kind.items():
            started = self.context.clock.monotonic()
            self._activity[id(batch)] = f"{kind} x{len(batch)}"
            try:
                async for ended in attempt(self.service, kind, batch, self._note_down):
                    yield ended
            finally:
                del self._activity[id(batch)]
                seconds = self.context.clock.monotonic() - started
                self.meter.ran(len(batch), seconds)
                self._size.observe(len(batch), seconds)

    def settled(self, ended: Ended, held: Sequence[bool]) -> None:
        """Count what counts: an outcome whose claim was lost changed nothing."""
        now = self.context.clock.now()
        for (operation, outcome), mine in zip(ended, held, strict=True):
            if not mine:
                continue
            if isinstance(outcome, Completed):
                self.meter.succeeded()
            elif isinstance(outcome, Failed):
                self._note_failure(operation, outcome)
            if operation.deadline < now and isinstance(outcome, Completed | Failed):
                self.meter.late()

    def _note_failure(self, operation: Operation, outcome: Failed) -> None:
        final = outcome.permanent or operation.attempts + 1 >= operation.max_attempts
        self.meter.went_wrong(outcome.error, final=final)
        self.context.events.add(
            "operation.failed" if final else "operation.retried",
            f"{operation.kind} {operation.key or ''}".strip(),
            actor=self.name,
            message=outcome.error,
            level="error" if final else "warning",
        )


class _Worker:
    """One of a runner's workers, as the queue sees it."""

    def __init__(self, runner: ServiceRunner, number: int) -> None:
        self._number = number
        self._runner = runner
        self.take, self.settled = runner.take, runner.settled

    async def ready(self) -> int:
        """See :meth:`ServiceRunner.ready`."""
        return await self._runner.ready(self._number)
