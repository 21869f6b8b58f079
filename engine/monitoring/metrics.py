"""What a service did, counted since the engine started."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from engine.snapshots import ServiceMetrics

if TYPE_CHECKING:
    from engine.clock import Clock

HOUR = 3600.0
RATE_WINDOW = 10.0
"""Seconds over which the rate is averaged."""
KEPT = 100_000
"""Events kept a window at most, so that memory stays flat whatever happens."""


class ServiceMeter:
    """Counts outcomes and times of one service."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.completed = self.failed = self.retried = 0
        self.failures_in_a_row = 0
        self.last_error = ""
        self._busy_seconds = 0.0
        self._runs = 0
        self._last: float | None = None
        self._errors: deque[float] = deque(maxlen=KEPT)
        self._done: deque[float] = deque(maxlen=KEPT)

    def ran(self, operations: int, seconds: float) -> None:
        """``operations`` shared a run of ``seconds``."""
        self._busy_seconds += seconds
        self._runs += operations
        self._last = self._clock.now()

    def succeeded(self) -> None:
        """One operation took effect."""
        self.completed += 1
        self.failures_in_a_row = 0
        self._done.append(self._clock.monotonic())

    def went_wrong(self, error: str, *, final: bool) -> None:
        """One attempt failed; ``final`` when it was the last."""
        self.failed += final
        self.retried += not final
        self.failures_in_a_row += 1
        self.last_error = error
        self._errors.append(self._clock.monotonic())

    def snapshot(self) -> ServiceMetrics:
        """The numbers now."""
        now = self._clock.monotonic()
        _drop_before(self._errors, now - HOUR)
        _drop_before(self._done, now - RATE_WINDOW)
        return ServiceMetrics(
            operations_completed=self.completed,
            operations_failed=self.failed,
            operations_retried=self.retried,
            average_processing_time=self._busy_seconds / self._runs if self._runs else 0.0,
            last_operation_time=self._last,
            errors_last_hour=len(self._errors),
            rate_per_second=len(self._done) / RATE_WINDOW,
        )


def _drop_before(times: deque[float], limit: float) -> None:
    while times and times[0] < limit:
        times.popleft()
