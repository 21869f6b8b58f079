"""What a service did, counted since the engine started."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from engine.monitoring.durations import Durations, merged
from engine.snapshots import ServiceMetrics

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.clock import Clock

T = TypeVar("T")
RATE_SECONDS, RATE_BUCKETS = 10.0, 40
"""The rate is averaged over ten seconds, to a quarter of a second."""
FORGIVEN_SECONDS = 600.0
"""A failure that long ago says nothing of a service's state any more."""
HOUR_SECONDS, HOUR_BUCKETS = 3600.0, 12
"""The last hour, to five minutes."""


class Ring(Generic[T]):
    """The newest of equally long buckets of time; memory does not grow with what is counted."""

    def __init__(self, seconds: float, buckets: int, new: Callable[[], T]) -> None:
        self._width = seconds / buckets
        self._new = new
        self._buckets: deque[tuple[int, T]] = deque(maxlen=buckets)

    def current(self, now: float) -> T:
        """The bucket to count in at ``now`` (monotonic seconds)."""
        index = int(now // self._width)
        if not self._buckets or self._buckets[-1][0] != index:
            self._buckets.append((index, self._new()))
        return self._buckets[-1][1]

    def alive(self, now: float) -> list[T]:
        """The buckets that began within the ring's time, oldest first."""
        oldest = int(now // self._width) - (self._buckets.maxlen or 0) + 1
        return [bucket for index, bucket in self._buckets if index >= oldest]


@dataclass(slots=True)
class Tally:
    """What happened in some span of time."""

    completed: int = 0
    failed: int = 0
    """Operations that gave up."""
    retried: int = 0
    """Attempts that failed and will be made again."""
    late: int = 0
    """Operations that finished after their deadline."""
    operations: int = 0
    """Operations in the runs, tried again or not."""
    busy_seconds: float = 0.0
    """Length of all runs together."""
    durations: Durations = field(default_factory=Durations)
    """Length of each run."""

    @property
    def errors(self) -> int:
        """Attempts that failed."""
        return self.failed + self.retried


@dataclass(slots=True)
class _Done:
    completed: int = 0


class ServiceMeter:
    """Counts outcomes and times of one service, on the event loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.failures_in_a_row = 0
        self.last_error = ""
        self._failed_at = 0.0
        self._total = Tally()
        self._untaken = Tally()
        self._taken_at = clock.monotonic()
        self._last: float | None = None
        self._hour = Ring(HOUR_SECONDS, HOUR_BUCKETS, Tally)
        self._recent = Ring(RATE_SECONDS, RATE_BUCKETS, _Done)

    def _tallies(self) -> tuple[Tally, Tally, Tally]:
        return self._total, self._untaken, self._hour.current(self._clock.monotonic())

    def ran(self, operations: int, seconds: float) -> None:
        """``operations`` shared a run of ``seconds``."""
        for tally in self._tallies():
            tally.operations += operations
            tally.busy_seconds += seconds
            tally.durations.add(seconds)
        self._last = self._clock.now()

    def succeeded(self, count: int = 1) -> None:
        """``count`` operations took effect."""
        for tally in self._tallies():
            tally.completed += count
        self._recent.current(self._clock.monotonic()).completed += count
        self.failures_in_a_row = 0

    def went_wrong(self, error: str, *, final: bool, count: int = 1) -> None:
        """An attempt failed for ``count`` operations; ``final`` when it was their last."""
        for tally in self._tallies():
            tally.failed += count * final
            tally.retried += count * (not final)
        self.failures_in_a_row += count
        self.last_error = error
        self._failed_at = self._clock.monotonic()

    @property
    def failed_lately(self) -> bool:
        """Whether the last failure is recent enough to say something of now."""
        return self._clock.monotonic() - self._failed_at < FORGIVEN_SECONDS

    def late(self, count: int = 1) -> None:
        """``count`` operations finished after their deadline."""
        for tally in self._tallies():
            tally.late += count

    def snapshot(self) -> ServiceMetrics:
        """The numbers now."""
        now, total = self._clock.monotonic(), self._total
        hour = self._hour.alive(now)
        errors = sum(tally.errors for tally in hour)
        attempts = errors + sum(tally.completed for tally in hour)
        durations = merged(tally.durations for tally in hour)
        done = sum(bucket.completed for bucket in self._recent.alive(now))
        return ServiceMetrics(
            operations_completed=total.completed,
            operations_failed=total.failed,
            operations_retried=total.retried,
            average_processing_time=(
                total.busy_seconds / total.operations if total.operations else 0.0
            ),
            last_operation_time=self._last,
            errors_last_hour=errors,
            rate_per_second=done / RATE_SECONDS,
            error_rate=errors / attempts if attempts else 0.0,
            deadlines_missed=total.late,
            p50_seconds=durations.quantile(0.50),
            p95_seconds=durations.quantile(0.95),
            p99_seconds=durations.quantile(0.99),
        )

    def take(self) -> tuple[Tally, float]:
        """What was counted since the last call, and how many seconds that is; then from zero."""
        now = self._clock.monotonic()
        taken, seconds = self._untaken, now - self._taken_at
        self._untaken, self._taken_at = Tally(), now
        return taken, seconds
