"""Where a backlog is going: when it is worked off, or when the queue is full."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.monitoring.samples import Sample

SAMPLES_NEEDED = 6
SECONDS_NEEDED = 50
"""From the first sample to the last."""
MAX_POINTS = 60
"""Of the samples, evenly spread: 1,770 slopes, computed in about 3 ms."""
HORIZON_SECONDS = 90 * 86_400
"""What lies further away than the past that is kept is not foretold."""
_UNITS = ((86_400, "days"), (3600, "h"), (60, "min"))


@dataclass(frozen=True, slots=True)
class Forecast:
    """What becomes of one service's backlog if it goes on like this."""

    service: str
    rate_per_second: float = 0.0
    """Operations completed."""
    growth_per_second: float = 0.0
    """Operations by which the backlog changes; negative while it shrinks."""
    clears_in_seconds: float | None = None
    """None when it does not, or not within 90 days."""
    limit_reached_in_seconds: float | None = None
    """None when it is not, or not within 90 days."""
    text: str = "not enough data yet"
    """The same in words."""


def forecast(samples: Sequence[Sample], limit: int) -> Forecast:
    """The forecast from samples of one service, oldest first (the last ten minutes, say).

    ``limit`` is how many operations may wait. The trend is the median of the slopes between all
    pairs of points (Theil 1950, Sen 1968), because a single burst or gap does not move it; it is
    computed here since scipy does not belong in the main process.
    """
    service = samples[0].service if samples else ""
    if len(samples) < SAMPLES_NEEDED or samples[-1].at - samples[0].at < SECONDS_NEEDED:
        return Forecast(service)
    backlog, growth = samples[-1].backlog, _growth(samples)
    clears = 0.0 if backlog == 0 and growth <= 0 else _within(backlog, -growth)
    full = 0.0 if backlog >= limit else _within(limit - backlog, growth)
    return Forecast(service, _rate(samples), growth, clears, full, _text(backlog, clears, full))


def _rate(samples: Sequence[Sample]) -> float:
    seconds = sum(sample.numbers.get("seconds", 0) for sample in samples)
    completed = sum(sample.numbers.get("completed", 0) for sample in samples)
    return completed / seconds if seconds > 0 else 0.0


def _growth(samples: Sequence[Sample]) -> float:
    """Operations a second; zero for less than one operation in the time looked at."""
    last = len(samples) - 1
    count = min(len(samples), MAX_POINTS)
    points = [samples[round(number * last / (count - 1))] for number in range(count)]
    slope = statistics.median(
        (after.backlog - before.backlog) / (after.at - before.at)
        for before, after in combinations(points, 2)
    )
    return slope if abs(slope) * (samples[-1].at - samples[0].at) >= 1 else 0.0


def _within(operations: float, per_second: float) -> float | None:
    """Seconds that ``operations`` take, if that can be foretold."""
    if per_second <= 0 or operations > per_second * HORIZON_SECONDS:
        return None
    return operations / per_second


def _text(backlog: float, clears: float | None, full: float | None) -> str:
    if full == 0:
        return "the queue limit is reached"
    if full is not None:
        return f"at this growth the queue limit is reached in {_duration(full)}"
    if clears is None:
        return "steady"
    return f"the backlog clears in {_duration(clears)}" if backlog else "nothing waits"


def _duration(seconds: float) -> str:
    """The largest unit of which there are two or more, for instance ``14 min``."""
    size, unit = next((pair for pair in _UNITS if seconds >= 2 * pair[0]), (1, "s"))
    return f"{max(round(seconds / size), 1)} {unit}"
