"""Measures everything every ten seconds, and keeps it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from engine.monitoring.samples import COARSE, ENGINE, FINE, Sample
from engine.snapshots import QueueDepth

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from engine.clock import Clock
    from engine.monitoring.history import MetricHistory
    from engine.monitoring.metrics import ServiceMeter

PRUNE_SECONDS = 3600
log: structlog.stdlib.BoundLogger = structlog.get_logger("vespera")


class Sampler:
    """The loop that turns meters, depths and the machine's readings into samples.

    ``machine`` is called in a thread. Samples begin at multiples of 10 s of the wall clock. An
    interval that was missed (the loop was blocked, the machine slept) is a gap, not a zero; what
    was counted meanwhile is in the next sample, whose ``seconds`` say how long it covers.
    """

    def __init__(
        self,
        history: MetricHistory,
        clock: Clock,
        *,
        meters: Callable[[], Mapping[str, ServiceMeter]],
        depths: Callable[[], Awaitable[Mapping[str, QueueDepth]]],
        machine: Callable[[], Mapping[str, float]],
    ) -> None:
        self._history = history
        self._clock = clock
        self._meters = meters
        self._depths = depths
        self._machine = machine
        self._rolled_up: int | None = None
        self._pruned: int | None = None
        self.failures_in_a_row = 0
        self.last_error = ""
        """Why the latest measurement was not kept; empty when it was."""

    async def run(self) -> None:
        """Measure until cancelled; a measurement that fails is logged, counted and shown."""
        while True:
            await self._next_interval()
            try:
                await self.sample()
                await self._keep_small()
            except Exception as error:
                self.failures_in_a_row += 1
                self.last_error = f"{type(error).__name__}: {error}"
                log.exception("metrics.failed", failures=self.failures_in_a_row)
            else:
                self.failures_in_a_row, self.last_error = 0, ""

    async def _next_interval(self) -> None:
        end = (int(self._clock.now()) // FINE + 1) * FINE
        # again when woken early; not when the clock was set back, which could take hours
        while 0 < (left := end - self._clock.now()) <= FINE:
            await self._clock.sleep(left)

    async def sample(self) -> None:
        """Measure now, and keep it under the interval that ended last."""
        at = (int(self._clock.now()) // FINE - 1) * FINE
        depths = await self._depths()
        machine = await asyncio.to_thread(self._machine)
        samples = [Sample(ENGINE, at, machine)]
        for service, meter in self._meters().items():
            samples.append(_taken(service, at, meter, depths.get(service, QueueDepth())))
        await self._history.record(samples)

    async def _keep_small(self) -> None:
        now = int(self._clock.now())
        # compared for difference, not for order, so that a clock set back does not stop it
        if self._pruned != now // PRUNE_SECONDS:
            await self._history.prune()
            self._pruned, self._rolled_up = now // PRUNE_SECONDS, now // COARSE
        elif self._rolled_up != now // COARSE:
            await self._history.roll_up()
            self._rolled_up = now // COARSE


def _taken(service: str, at: int, meter: ServiceMeter, depth: QueueDepth) -> Sample:
    tally, seconds = meter.take()
    durations = tally.durations
    numbers = {
        "seconds": seconds,
        "completed": tally.completed,
        "failed": tally.failed,
        "retried": tally.retried,
        "late": tally.late,
        "operations": tally.operations,
        "busy_seconds": tally.busy_seconds,
        "scheduled": depth.scheduled,
        "available": depth.available,
        "running": depth.running,
        "failed_kept": depth.failed,
    }
    return Sample(service, at, numbers, durations.to_bytes() if durations.count else b"")
