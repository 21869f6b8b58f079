"""Runs one service: claims batches, bounds their time, splits those that fail, settles outcomes."""

from __future__ import annotations

import asyncio
import traceback
from collections import defaultdict
from typing import TYPE_CHECKING

from engine.errors import DependencyDownError, InvalidInputError
from engine.monitoring.metrics import ServiceMeter
from engine.operations import Cancelled, Completed, Failed, Outcome, Snooze
from engine.snapshots import QueueDepth, ServiceSnapshot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.operations import Operation
    from engine.services.base import BackgroundService

GRACE_SECONDS = 5.0
"""The child's own time limit comes first, and kills it; this one is the net under it."""
FAILURES_THAT_DEGRADE = 3


class ServiceRunner:
    """The loop around a :class:`BackgroundService`, its state and its numbers."""

    def __init__(self, service: BackgroundService) -> None:
        self.service = service
        self.name: str = service.name
        self.enabled = service.enabled
        self.started = False
        self.crash = ""
        """Why the loop itself ended, if it did."""
        self.down = ""
        """The part that is away, and why; nothing is claimed meanwhile."""
        self.meter = ServiceMeter(service.context.clock)
        self._activity: dict[int, str] = {}
        self._switched = asyncio.Event()
        self._draining = False

    def switch(self, *, enabled: bool) -> None:
        """On or off; operations wait while it is off."""
        self.enabled = enabled
        self._switched.set()
        self.service.context.queue.wake(self.name)

    @property
    def busy(self) -> bool:
        """Whether a batch runs now."""
        return bool(self._activity)

    def drain(self) -> None:
        """Finish the batch that runs and claim no more."""
        self._draining = True
        self.service.context.queue.wake(self.name)

    def status(self) -> tuple[str, str]:
        """The state in one word, and the reason when it is not well."""
        if self.crash:
            return "failed", self.crash
        if not self.enabled:
            return "disabled", "switched off; its operations wait"
        if self.down:
            return "degraded", self.down
        if self.meter.failures_in_a_row >= FAILURES_THAT_DEGRADE:
            return "degraded", f"its last runs failed: {self.meter.last_error}"
        return ("running", "") if self.started else ("stopped", "")

    def snapshot(self, depth: QueueDepth) -> ServiceSnapshot:
        """All that a card shows."""
        status, reason = self.status()
        return ServiceSnapshot(
            name=self.name,
            enabled=self.enabled,
            status=status,
            reason=reason,
            activity=", ".join(self._activity.values()),
            queue=depth,
            metrics=self.meter.snapshot(),
        )

    async def work(self) -> None:
        """Claim and run until drained or cancelled."""
        self.started = True
        try:
            while not self._draining:
                await self._ready()
                claimed = await self.service.context.queue.claim(self.name, self.service.batch_size)
                if claimed:
                    await self._run(claimed)
                else:
                    await self.service.context.queue.wait_for_work(self.name)
        finally:
            self.started = False

    async def _ready(self) -> None:
        while not self.enabled:
            self._switched.clear()
            await self._switched.wait()
        while self.down:
            await self.service.context.clock.sleep(self._probe_seconds)
            await self.check()

    @property
    def _probe_seconds(self) -> float:
        return self.service.context.config.probe_interval_seconds

    async def check(self) -> None:
        """Probe what the service needs, and note whether it is there."""
        try:
            await self.service.probe()
        except DependencyDownError as error:
            self._note_down(error)
        else:
            self._note_up()

    def _note_down(self, error: DependencyDownError) -> None:
        if self.down != str(error):
            self.service.context.events.add(
                "service.degraded", self.name, message=str(error), level="warning"
            )
        self.down = str(error)

    def _note_up(self) -> None:
        if self.down:
            self.service.context.events.add("service.recovered", self.name)
            self.down = ""
            self.service.context.queue.wake(self.name)

    async def _run(self, claimed: Sequence[Operation]) -> None:
        by_kind: dict[str, list[Operation]] = defaultdict(list)
        for operation in claimed:
            by_kind[operation.kind].append(operation)
        left = list(claimed)
        try:
            for kind, operations in by_kind.items():
                outcomes = await self._attempt(kind, operations)
                await self._settle(operations, outcomes)
                left = [operation for operation in left if operation not in operations]
        except asyncio.CancelledError:
            # stopped in the middle: not a failure, and the queue is durable; hand it back now
            await asyncio.shield(self._hand_back(left))
            raise

    async def _hand_back(self, operations: Sequence[Operation]) -> None:
        for operation in operations:
            await self.service.context.queue.snooze(operation, Snooze(0, ""))

    async def _settle(self, operations: Sequence[Operation], outcomes: Sequence[Outcome]) -> None:
        # together, so that all ride in one commit
        await asyncio.gather(*map(self._settle_one, operations, outcomes))

    async def _settle_one(self, operation: Operation, outcome: Outcome) -> None:
        queue = self.service.context.queue
        match outcome:
            case Completed():
                if await queue.complete(operation, outcome):
                    self.meter.succeeded()
            case Failed():
                if await queue.fail(operation, outcome):
                    self._note_failure(operation, outcome)
            case Snooze():
                await queue.snooze(operation, outcome)
            case Cancelled():
                await queue.cancel(operation, outcome)

    def _note_failure(self, operation: Operation, outcome: Failed) -> None:
        final = outcome.permanent or operation.attempts + 1 >= operation.max_attempts
        self.meter.went_wrong(outcome.error, final=final)
        self.service.context.events.add(
            "operation.failed" if final else "operation.retried",
            f"{operation.kind} {operation.key or ''}".strip(),
            actor=self.name,
            message=outcome.error,
            level="error" if final else "warning",
        )

    async def _attempt(self, kind: str, operations: Sequence[Operation]) -> Sequence[Outcome]:
        context = self.service.context
        started = context.clock.monotonic()
        self._activity[id(operations)] = f"{kind} x{len(operations)}"
        try:
            limit = context.config.operation_timeout_seconds + GRACE_SECONDS
            async with asyncio.timeout(limit):
                self.service.check_kind(kind)
                outcomes = await self.service.run(kind, operations)
        except DependencyDownError as error:
            self._note_down(error)
            waits = Snooze(self._probe_seconds, str(error), error.dependency)
            return [waits] * len(operations)
        except Exception as error:  # noqa: BLE001 - recorded on the operation, counted and shown
            return await self._split(kind, operations, error)
        finally:
            del self._activity[id(operations)]
            self.meter.ran(len(operations), context.clock.monotonic() - started)
        return outcomes

    async def _split(
        self, kind: str, operations: Sequence[Operation], error: Exception
    ) -> Sequence[Outcome]:
        """Run the halves, so that one bad operation does not take its neighbours along."""
        if len(operations) == 1:
            text = "".join(traceback.format_exception(error))
            remote = getattr(error, "remote_traceback", "")
            message = str(error) or type(error).__name__
            return [Failed(message, text + remote, isinstance(error, InvalidInputError))]
        middle = len(operations) // 2
        first = await self._attempt(kind, operations[:middle])
        return [*first, *await self._attempt(kind, operations[middle:])]
