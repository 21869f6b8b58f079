"""How long an operation that finds a waiting consumer takes to its handler, in milliseconds."""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from typing import TYPE_CHECKING

from benchmarks.measure import Contestant, check_delivery
from benchmarks.ours import NAME, SERVICE, NoOp, new_operation, opened, until

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.measure import Sizes

PAUSE_SECONDS = (0.005, 0.02)
"""Shortest and longest; drawn at random, so that nothing falls into step with it."""


async def measure(folder: Path, sizes: Sizes, durability: str) -> dict[str, float]:
    wanted: list[int] = []
    done: list[int] = []
    asked: dict[int, float] = {}
    settled, complete = asyncio.Event(), asyncio.Event()

    def acknowledged(ids: list[int]) -> None:
        done.extend(ids)
        settled.set()

    async with opened(folder, durability) as (_, queue):
        consumer = NoOp(1, acknowledged)

        async def ask() -> None:
            draw = random.Random(1)  # noqa: S311 - repeatable, not secret
            for _ in range(sizes.latencies):
                settled.clear()
                before = time.perf_counter()
                (number,) = await queue.enqueue([new_operation()])
                asked[number] = before
                wanted.append(number)
                await settled.wait()
                await asyncio.sleep(draw.uniform(*PAUSE_SECONDS))
            complete.set()

        run = asyncio.ensure_future(queue.run(SERVICE, consumer))
        asking = asyncio.ensure_future(ask())
        await until(complete, [run, asking])
    check_delivery(NAME, wanted, done, sizes.latencies)
    return percentiles([(consumer.started[n] - asked[n]) * 1000 for n in wanted])


def percentiles(values: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return {
        "latency p50": cuts[49],
        "latency p95": cuts[94],
        "latency p99": cuts[98],
        "latency max": max(values),
    }


def contestant(durability: str) -> Contestant:
    def run(folder: Path, sizes: Sizes) -> dict[str, float]:
        return asyncio.run(measure(folder, sizes, durability))

    how = f"synchronous={durability.lower()}; one consumer waits in queue.run, one producer pauses"
    return Contestant(NAME, durability, how, run)
