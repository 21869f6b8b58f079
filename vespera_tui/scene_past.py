"""The past of the written part: how much was done, the same for the same moment."""

from __future__ import annotations

from math import sin

from engine.monitoring.samples import COARSE, FINE, Sample
from vespera_tui.scene import RATES

DAY, HOUR = 86_400.0, 3_600.0
QUIET_SECONDS = 20_000
"""Between two nights without work."""
FAILS_EVERY = 53


def samples(service: str, seconds: float, now: float, *, scale: float = 1.0) -> tuple[Sample, ...]:
    """What was measured in the last ``seconds`` before ``now``, oldest first.

    ``scale``: how much of the written work.
    """
    length = FINE if seconds <= DAY else COARSE
    first = int((now - seconds) // length) + 1
    return tuple(
        _sample(service, n * length, length, scale) for n in range(first, int(now // length))
    )


def _sample(service: str, at: int, length: int, scale: float) -> Sample:
    rates = RATES.get(service, (0.0,))
    mean = rates[at // length % len(rates)] * (1.1 + sin(at / HOUR)) / 2
    working = at % QUIET_SECONDS > QUIET_SECONDS // 5
    failed = float(at // length % FAILS_EVERY == len(service))
    numbers = {
        "seconds": length,
        "completed": round(mean * length * scale) * working,
        "failed": failed,
    }
    return Sample(service, at, numbers)
