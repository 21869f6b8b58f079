"""A sample: what was measured of one service in one interval, and how samples become one."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from engine.monitoring.durations import Durations

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence

FINE, COARSE = 10, 300
"""The two resolutions, in seconds."""
ENGINE = ""
"""The service that stands for the engine itself."""
SUMMED = frozenset(
    {"seconds", "completed", "failed", "retried", "late", "operations", "busy_seconds"}
)
log: structlog.stdlib.BoundLogger = structlog.get_logger("vespera")


@dataclass(frozen=True, slots=True)
class Sample:
    """One service in one interval."""

    service: str
    at: int
    """Unix seconds at which the interval began, a multiple of the resolution."""
    numbers: Mapping[str, float] = field(default_factory=dict)
    """``seconds`` measured; completed, failed, retried, late, operations, busy_seconds in them;
    scheduled, available, running and failed_kept at their end. The engine's own samples hold
    ``cpu.<process>``, ``memory.<process>``, ``loop_lag`` or whatever else was read."""
    sketch: bytes = b""
    """The runs' durations, see :attr:`durations`; empty when nothing ran."""

    @property
    def durations(self) -> Durations:
        """The runs' durations, decoded (up to half a millisecond)."""
        return durations_of([self])

    @property
    def backlog(self) -> float:
        """Operations that had not finished at the interval's end."""
        return sum(self.numbers.get(state, 0) for state in ("scheduled", "available", "running"))

    @property
    def rate_per_second(self) -> float:
        """Operations completed a second of the time measured."""
        seconds = self.numbers.get("seconds", 0)
        return self.numbers.get("completed", 0) / seconds if seconds > 0 else 0.0

    def as_row(self, resolution: int) -> tuple[int, str, int, str, bytes | None]:
        """The row of ``metric_samples``; ValueError for a number that is none (NaN, infinity)."""
        numbers = json.dumps(dict(self.numbers), allow_nan=False, separators=(",", ":"))
        return resolution, self.service, self.at, numbers, self.sketch or None


def durations_of(samples: Iterable[Sample]) -> Durations:
    """All durations of ``samples`` together; what can't be read is logged and left out."""
    total = Durations()
    for sample in samples:
        try:
            if sample.sketch:
                total.merge_bytes(sample.sketch)
        except ValueError as error:
            # one bad row must not stop the roll-up, and with it the pruning, for ever
            log.warning(
                "metrics.unreadable", service=sample.service, at=sample.at, message=str(error)
            )
    return total


def from_rows(rows: Sequence[sqlite3.Row]) -> tuple[Sample, ...]:
    """The samples in ``rows`` of ``metric_samples``."""
    return tuple(
        Sample(row["service"], row["at"], json.loads(row["numbers"]), row["durations"] or b"")
        for row in rows
    )


def combine(samples: Sequence[Sample], at: int) -> Sample:
    """The samples of one service, oldest first, as one that begins ``at``.

    Counts are summed, depths are the last ones, and of the engine's own readings the largest
    stays, because it is the peak that one looks for. Durations are merged.
    """
    service = samples[0].service
    numbers: dict[str, float] = {}
    for sample in samples:
        for name, value in sample.numbers.items():
            if name in SUMMED:
                numbers[name] = numbers.get(name, 0) + value
            elif service == ENGINE:
                numbers[name] = max(numbers.get(name, value), value)
            else:
                numbers[name] = value
    durations = durations_of(samples)
    return Sample(service, at, numbers, durations.to_bytes() if durations.count else b"")
