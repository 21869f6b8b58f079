"""What is usual for a service, from the sketches of its past. Slow: run in a thread."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from engine.monitoring.samples import Sample, durations_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from engine.monitoring.durations import Durations

RUNS_NEEDED = 50


@dataclass(frozen=True, slots=True)
class Quantiles:
    """How long the runs took, in seconds, and how many there were."""

    runs: int
    p50: float
    p95: float
    p99: float


def by_hour(samples: Sequence[Sample], zone: tzinfo | None) -> dict[int, Quantiles]:
    """The quantiles by hour of the day (0 to 23) in ``zone``, or in that of this machine."""
    hours: dict[int, list[Sample]] = {}
    for sample in samples:
        hours.setdefault(datetime.fromtimestamp(sample.at, zone).hour, []).append(sample)
    found = ((hour, _quantiles(durations_of(part))) for hour, part in sorted(hours.items()))
    return {hour: quantiles for hour, quantiles in found if quantiles is not None}


def usual_p95(samples: Sequence[Sample]) -> float | None:
    """What 95% of the runs stay within, in seconds; None under 50 runs."""
    durations = durations_of(samples)
    return durations.quantile(0.95) if durations.count >= RUNS_NEEDED else None


def _quantiles(durations: Durations) -> Quantiles | None:
    p50, p95, p99 = (durations.quantile(q) for q in (0.5, 0.95, 0.99))
    if p50 is None or p95 is None or p99 is None:
        return None
    return Quantiles(durations.count, p50, p95, p99)
