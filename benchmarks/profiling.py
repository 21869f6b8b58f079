"""Where the time of our own runs goes: the loop's thread, the writer's SQL, the commit, waiting."""

from __future__ import annotations

import asyncio
import cProfile
import io
import pstats
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.measure import BATCH, Sizes, check_delivery
from benchmarks.ours import NAME, consume, opened, produce

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from engine.database.database import Database
    from engine.queue.sqlite_queue import SqliteQueue

TOP = 15


@dataclass
class Spent:
    """Seconds of the writer's thread; ``*_cpu`` is what of it was computing."""

    transactions: float = 0.0
    transactions_cpu: float = 0.0
    commits: float = 0.0
    commits_cpu: float = 0.0
    groups: int = 0
    jobs: int = 0


def instrument(database: Database) -> Spent:
    """Count from now on what the writer's thread does. The clocks cost about a microsecond."""
    spent = Spent()
    writer: Any = database.writer
    connection = writer._connection  # noqa: SLF001 - measured from outside, so that it costs users nothing
    execute, commit = connection.execute, writer._commit  # noqa: SLF001 - as above

    def timed_execute(sql: str, *values: Any) -> Any:
        if sql != "COMMIT":
            return execute(sql, *values)
        wall, cpu = time.perf_counter(), time.thread_time()
        try:
            return execute(sql, *values)
        finally:
            spent.commits += time.perf_counter() - wall
            spent.commits_cpu += time.thread_time() - cpu

    def timed_commit(group: Sequence[Any]) -> Any:
        wall, cpu = time.perf_counter(), time.thread_time()
        try:
            return commit(group)
        finally:
            spent.transactions += time.perf_counter() - wall
            spent.transactions_cpu += time.thread_time() - cpu
            spent.groups += 1
            spent.jobs += len(group)

    connection.execute, writer._commit = timed_execute, timed_commit  # noqa: SLF001 - as above
    return spent


async def split(
    database: Database, title: str, work: Callable[[], Awaitable[list[int]]]
) -> list[int]:
    """Do the work and print what its wall time was made of."""
    spent = instrument(database)
    wall, cpu = time.perf_counter(), time.thread_time()
    ids = await work()
    wall, cpu = time.perf_counter() - wall, time.thread_time() - cpu
    sql, sql_cpu = spent.transactions - spent.commits, spent.transactions_cpu - spent.commits_cpu
    print(f"\n{title}: {len(ids):,} operations in {wall:.3f} s, {len(ids) / wall:,.0f}/s")
    print(f"{spent.groups:,} commits, {spent.jobs / max(1, spent.groups):.1f} jobs each")
    for name, seconds, computing in (
        ("loop: computing", cpu, cpu),
        ("loop: waiting", wall - cpu, 0.0),
        ("writer: SQL and rows", sql, sql_cpu),
        ("writer: commit (log, fsync, checkpoint)", spent.commits, spent.commits_cpu),
        ("writer: waiting for work", wall - spent.transactions, 0.0),
    ):
        print(f"  {name:<42}{seconds:8.3f} s {seconds / wall:6.1%}  of it CPU {computing:.3f} s")
    return ids


async def profile(folder: Path, sizes: Sizes, durability: str) -> None:
    total = sizes.operations
    # opened anew for each, so that each is counted by itself
    async with opened(folder, durability) as (database, queue):
        ids = await split(database, f"enqueue {durability}", lambda: produce(queue, total))
    async with opened(folder, durability) as (database, queue):
        done = await split(database, f"deliver {durability}", lambda: consume(queue, total, BATCH))
        check_delivery(NAME, ids, done, total)
    async with opened(folder, durability) as (database, queue):
        await functions(database, queue, total)


async def functions(database: Database, queue: SqliteQueue, total: int) -> None:
    """Both threads under cProfile, which slows them: for the order, not for the times."""
    loop, writer = cProfile.Profile(), cProfile.Profile()
    thread: Any = database.writer
    commit = thread._commit  # noqa: SLF001 - as above
    # a profiler sees the thread that enables it
    thread._commit = partial(writer.runcall, commit)  # noqa: SLF001 - as above
    loop.enable()
    ids = await produce(queue, total)
    done = await consume(queue, total, BATCH)
    loop.disable()
    check_delivery(NAME, ids, done, total)
    for name, profiler in (("loop", loop), ("writer", writer)):
        text = io.StringIO()
        pstats.Stats(profiler, stream=text).sort_stats("tottime").print_stats(TOP)
        print(f"\nFunctions of the {name}'s thread:{text.getvalue().rstrip()}")


def run(folder: Path, sizes: Sizes) -> None:
    for durability in ("FULL", "NORMAL"):
        with tempfile.TemporaryDirectory(dir=folder) as place:
            asyncio.run(profile(Path(place), sizes, durability))
