"""Operations a second through the queue, beside raw sqlite3 on the same file system."""

from __future__ import annotations

import asyncio
import json
import platform
import random
import sqlite3
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from engine.clock import IdSource, SystemClock
from engine.database.connection import open_writer
from engine.database.database import Database
from engine.operations import Completed, NewOperation
from engine.queue.sqlite_queue import SqliteQueue
from engine.service_config import ServiceConfiguration

if TYPE_CHECKING:
    from collections.abc import Callable

RUNS, PRODUCERS, EACH = 5, 100, 50
TOTAL = PRODUCERS * EACH
BATCH = 100


async def opened(folder: Path) -> tuple[Database, SqliteQueue]:
    database = Database(folder)
    await database.open()
    config = ServiceConfiguration(data_dir=folder)
    ids = IdSource(random.Random(1))  # noqa: S311 - repeatable, not secret
    return database, SqliteQueue(database, config, clock=SystemClock(), ids=ids, owner="bench")


async def produce(queue: SqliteQueue) -> None:
    async def one() -> None:
        for _ in range(EACH):
            await queue.enqueue([NewOperation("bench", "noop", None, {"n": 1})])

    await asyncio.gather(*(one() for _ in range(PRODUCERS)))


async def consume(queue: SqliteQueue) -> int:
    done = 0
    while claimed := await queue.claim("bench", BATCH):
        settled = await asyncio.gather(*(queue.complete(o, Completed()) for o in claimed))
        done += sum(settled)
    return done


async def both(folder: Path) -> tuple[float, float]:
    database, queue = await opened(folder)
    started = time.perf_counter()
    await produce(queue)
    produced = time.perf_counter()
    done = await consume(queue)
    consumed = time.perf_counter()
    await database.close()
    if done != TOTAL:
        raise SystemExit(f"{done} of {TOTAL} operations were delivered")
    return TOTAL / (produced - started), TOTAL / (consumed - produced)


def raw(folder: Path) -> float:
    connection = open_writer(folder / "raw.db")
    sql = (
        "INSERT INTO operations (service, kind, payload, priority, state, run_at, max_run_at,"
        " deadline, max_attempts, created_at) VALUES ('bench', 'noop', '{\"n\": 1}', 2,"
        " 'available', 1, 1, 1e18, 4, 1)"
    )
    started = time.perf_counter()
    for _ in range(TOTAL // BATCH):
        connection.execute("BEGIN IMMEDIATE")
        for _ in range(BATCH):
            connection.execute(sql)
        connection.execute("COMMIT")
    seconds = time.perf_counter() - started
    connection.close()
    return TOTAL / seconds


def median(measure: Callable[[Path], tuple[float, ...]]) -> list[float]:
    found = []
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory() as folder:
            found.append(measure(Path(folder)))
    return [statistics.median(column) for column in zip(*found, strict=True)]


def main() -> None:
    produced, consumed = median(lambda folder: asyncio.run(both(folder)))
    (bare,) = median(lambda folder: (raw(folder),))
    rows = {
        f"enqueue, {PRODUCERS} producers each awaiting (FULL)": produced,
        "claim, no-op, acknowledge (FULL)": consumed,
        f"raw sqlite3, same table, commits of {BATCH} (FULL)": bare,
    }
    for name, rate in rows.items():
        print(f"{name:<55} {rate:>10,.0f} /s")
    versions = {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
    print(json.dumps({"median_of": RUNS, "operations": TOTAL, **versions, "per_second": rows}))


if __name__ == "__main__":
    main()
