"""The engine's queue: 100 producers that await, then consumers through `queue.run`."""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from benchmarks.measure import BATCH, PAYLOAD, PRODUCERS, Contestant, Sizes, check_delivery
from engine.clock import IdSource, SystemClock
from engine.database.database import Database
from engine.operations import Completed, NewOperation
from engine.queue.sqlite_queue import SqliteQueue
from engine.service_config import ServiceConfiguration

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    from engine.operations import Operation
    from engine.queue.port import Ended

SERVICE = "bench"
CONSUMERS = 2
STUCK_SECONDS = 600.0
"""A consumer that is not done by then has lost something."""
NAME = "vespera"


@asynccontextmanager
async def opened(folder: Path, durability: str) -> AsyncIterator[tuple[Database, SqliteQueue]]:
    database = Database(folder, synchronous=durability.lower())
    await database.open()
    try:
        config = ServiceConfiguration(data_dir=folder, queue_limit=100_000_000)
        ids = IdSource(random.Random(1))  # noqa: S311 - repeatable, not secret
        queue = SqliteQueue(database, config, clock=SystemClock(), ids=ids, owner="bench")
        await queue.open()
        yield database, queue
    finally:
        await database.close()


class NoOp:
    """Does nothing with each operation. Notes when a batch started, and what was acknowledged."""

    def __init__(self, batch: int, acknowledged: Callable[[list[int]], None]) -> None:
        self._batch, self._acknowledged = batch, acknowledged
        self.started: dict[int, float] = {}

    async def ready(self) -> int:
        return self._batch

    async def take(self, operations: Sequence[Operation]) -> AsyncIterator[Ended]:
        now = time.perf_counter()
        self.started.update((operation.id, now) for operation in operations)
        yield [(operation, Completed()) for operation in operations]

    def settled(self, ended: Ended, held: Sequence[bool]) -> None:
        if not all(held):
            raise SystemExit(f"{NAME}: {held.count(False)} claims were lost")
        self._acknowledged([operation.id for operation, _ in ended])


def new_operation() -> NewOperation:
    return NewOperation(SERVICE, "noop", None, PAYLOAD)


async def produce(queue: SqliteQueue, total: int) -> list[int]:
    """Each producer awaits one operation after the other; the ids."""

    async def one() -> list[int]:
        return [
            number
            for _ in range(total // PRODUCERS)
            for number in await queue.enqueue([new_operation()])
        ]

    found = await asyncio.gather(*(one() for _ in range(PRODUCERS)))
    return [number for numbers in found for number in numbers]


async def consume(queue: SqliteQueue, total: int, batch: int) -> list[int]:
    """Run the consumers until ``total`` are acknowledged; the ids."""
    done: list[int] = []
    complete = asyncio.Event()

    def acknowledged(ids: list[int]) -> None:
        done.extend(ids)
        if len(done) >= total:
            complete.set()

    runs = [
        asyncio.ensure_future(queue.run(SERVICE, NoOp(batch, acknowledged)))
        for _ in range(CONSUMERS)
    ]
    await until(complete, runs)
    return done


async def until(complete: asyncio.Event, runs: Sequence[asyncio.Future[None]]) -> None:
    """Wait, raise what a run raised, and end the runs."""
    waiting = asyncio.ensure_future(complete.wait())
    everything: list[asyncio.Future[Any]] = [waiting, *runs]
    await asyncio.wait(everything, timeout=STUCK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    for future in everything:
        future.cancel()
    ends = await asyncio.gather(*everything, return_exceptions=True)
    for end in ends:
        if isinstance(end, BaseException) and not isinstance(end, asyncio.CancelledError):
            raise end
    if not complete.is_set():
        raise SystemExit(f"{NAME}: not all operations were delivered in {STUCK_SECONDS:.0f} s")


async def measure(folder: Path, sizes: Sizes, durability: str) -> dict[str, float]:
    async with opened(folder, durability) as (_, queue):
        started = time.perf_counter()
        ids = await produce(queue, sizes.operations)
        produced = time.perf_counter()
        delivered = await consume(queue, sizes.operations, BATCH)
        consumed = time.perf_counter()
        check_delivery(NAME, ids, delivered, sizes.operations)
        ids = await produce(queue, sizes.singles)
        again = time.perf_counter()
        delivered = await consume(queue, sizes.singles, 1)
        ended = time.perf_counter()
        check_delivery(NAME, ids, delivered, sizes.singles)
    return {
        "enqueue": sizes.operations / (produced - started),
        "deliver": sizes.operations / (consumed - produced),
        "deliver singly": sizes.singles / (ended - again),
    }


def contestant(durability: str) -> Contestant:
    def run(folder: Path, sizes: Sizes) -> dict[str, float]:
        return asyncio.run(measure(folder, sizes, durability))

    how = f"synchronous={durability.lower()}; asyncio; {CONSUMERS} consumers, batches of {BATCH}, 1"
    return Contestant(NAME, durability, how, run)
