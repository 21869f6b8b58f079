"""What happened before the demonstration began: how much was done, and what went wrong."""

from __future__ import annotations

from math import sin
from typing import TYPE_CHECKING

from engine.monitoring.samples import COARSE, FINE, Sample
from engine.operations import NewOperation
from vespera_tui.demo.script import (
    CYCLES,
    DAMAGED,
    EMBED,
    KUZU_AWAY,
    SURROGATE,
    SYNC,
    TASKS,
    TIMED_OUT,
    TOO_LONG,
)

if TYPE_CHECKING:
    import random

    from engine.queue.memory_queue import MemoryQueue
    from vespera_tui.demo.clock import FixedClock
    from vespera_tui.demo.script import Mishap

DAY, HOUR = 86_400.0, 3_600.0
RATES: dict[str, tuple[float, ...]] = {
    EMBED: (14, 17, 21, 22, 19, 24, 28, 26, 31, 33, 30, 27, 25, 22, 18.4),
    CYCLES: (0, 0, 2, 5, 3, 1, 0, 0, 1, 4, 6, 2, 0.9),
    SYNC: (30, 34, 41, 38, 44, 47, 45, 12, 3, 0, 0, 0, 9, 21, 36, 42.7),
}
"""Completed operations in a second of each stretch, over and over."""
SCALE = 0.05
"""How much of that the demonstration does."""
QUIET_SECONDS = 20_000
"""Between two nights without work."""
FAILS_EVERY = 53
FAILURES: tuple[tuple[Mishap, str, tuple[int, ...]], ...] = (
    (SURROGATE, "embed_task", (1, 0, 1, 2, 1, 2, 2, 3, 2, 3, 4, 3)),
    (KUZU_AWAY, "sync_task", (0, 0, 0, 0, 1, 5, 9, 4, 1, 0, 0, 0)),
    (TIMED_OUT, "sync_task", (2, 1, 0, 1, 0, 2, 1, 0, 1, 1, 0, 1)),
    (DAMAGED, "embed_task", (0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 1, 2)),
    (TOO_LONG, "full_cycle_check", (0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0)),
)
"""What failed in each of the last twelve hours, the oldest first: how, and of which kind."""


async def earlier_failures(queue: MemoryQueue, time: FixedClock, rng: random.Random) -> None:
    """Let ``queue`` go through :data:`FAILURES`, attempt by attempt; ``time`` is as before then."""
    now, hours = time.time, len(FAILURES[0][2])
    for hour in range(hours):
        for mishap, kind, counts in FAILURES:
            for _ in range(counts[hour]):
                time.time = now - (hours - hour - rng.random() * 0.9) * HOUR
                await _fail(queue, time, rng, mishap, kind)
    time.time = now


async def _fail(
    queue: MemoryQueue, time: FixedClock, rng: random.Random, mishap: Mishap, kind: str
) -> None:
    target = "periodic" if kind == "full_cycle_check" else rng.choice(TASKS)
    await queue.enqueue([NewOperation(mishap.service, kind, target, origin="import")])
    while claimed := await queue.claim(mishap.service, 1):
        time.time += rng.uniform(0.5, 4)
        await queue.settle([(each, mishap.failed(rng)) for each in claimed])
        time.time += await queue.stage() or 0.0
        await queue.stage()


def samples(service: str, seconds: float, now: float) -> tuple[Sample, ...]:
    """What was measured in the last ``seconds`` before ``now``, oldest first."""
    length = FINE if seconds <= DAY else COARSE
    first = int((now - seconds) // length) + 1
    return tuple(_sample(service, n * length, length) for n in range(first, int(now // length)))


def _sample(service: str, at: int, length: int) -> Sample:
    rates = RATES.get(service, (0.0,))
    mean = rates[at // length % len(rates)] * (1.1 + sin(at / HOUR)) / 2
    working = at % QUIET_SECONDS > QUIET_SECONDS // 5
    numbers = {
        "seconds": length,
        "completed": round(mean * length * SCALE) * working,
        "failed": float(at // length % FAILS_EVERY == len(service)),
    }
    return Sample(service, at, numbers)
