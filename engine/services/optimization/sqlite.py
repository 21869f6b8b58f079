"""SQLite: measured and checked beside the writer, worked on by the writer in small steps."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import time
from contextlib import closing
from functools import partial
from statistics import median
from typing import TYPE_CHECKING, Any

from engine.services.optimization import plan, records
from engine.services.optimization.look import wal_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.configuration.sections import OptimizationSettings
    from engine.database.database import Database
    from engine.services.optimization.plan import Plan, Work

PROBES = (
    (
        "SELECT id, title, (SELECT count(*) FROM links WHERE target_id = tasks.id)"
        " FROM tasks ORDER BY priority, created_at, id LIMIT 200"
    ),
    "SELECT rowid FROM task_words WHERE task_words MATCH 'task' LIMIT 50",
    "SELECT state, count(*) FROM operations GROUP BY state",
)
"""Timed before and after; in this order."""
PROBED = 5
"""How often each is timed; the median counts."""
FINDINGS = 5
STEP_SECONDS = 0.02
"""What a step may hold up writers; then the next one frees fewer pages."""
FEWEST_PAGES, MOST_PAGES = 32, 1024
ANALYSED_ROWS = 400
"""Rows of an index that ANALYZE looks at, so that it takes milliseconds on any table."""
PLANNED_ROWS = 1000
"""Rows from which a table's figures matter to the planner."""
CHECKPOINT_BUSY_MS, USUAL_BUSY_MS = 50, 5000


class SqliteUpkeep:
    """Works on ``vespera.db``."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._vacuumed = False

    async def measure(self, settings: OptimizationSettings) -> dict[str, float]:
        """Bytes, pages, the log, and ``query_seconds`` of the probes; pins no more than a read."""
        del settings
        found = await self._beside(_measured)
        log = await asyncio.to_thread(wal_bytes, self._database.path)
        figures = {**found, "bytes": found["file_bytes"] + log, "wal_bytes": log}
        if self._vacuumed:
            figures["vacuumed_percent"] = plan.unused_percent(figures)
        return figures

    async def damage(self) -> str:
        """What an integrity check finds; empty when all is whole.

        It reads the whole file on a connection and a thread of its own: it waits for nobody and
        nobody for it, but until it ends the log can't be emptied.
        """
        found: str = await self._beside(_damage)
        return found

    async def plan(self, settings: OptimizationSettings, figures: dict[str, float]) -> Plan:
        """What there is to do."""
        analyses = await self._database.write(_recommended, alone=True)
        free = await asyncio.to_thread(shutil.disk_usage, self._database.path.parent)
        last = await records.last_with(self._database, "sqlite", "vacuumed_percent")
        reached = last.get("vacuumed_percent", 0.0)
        return plan.sqlite_plan(settings, figures, analyses, free.free, reached)

    async def do(self, work: Work) -> None:
        """Do one work of a plan."""
        if work.name == plan.FREE_PAGES:
            await self._free_pages()
        elif work.name == plan.VACUUM:
            await self._database.write(_vacuum, alone=True)
            self._vacuumed = True
        elif work.name == plan.CHECKPOINT:
            await self._database.write(_checkpoint, alone=True)
        else:
            await self._database.write(lambda c: _analyse(c, work.name), alone=True)

    async def _free_pages(self) -> None:
        pages = FEWEST_PAGES
        while True:
            left, seconds = await self._database.write(partial(_free_pages, pages), alone=True)
            if not left:
                return
            pages = next_pages(pages, seconds)

    async def _beside(self, read: Callable[[sqlite3.Connection], Any]) -> Any:
        """The result of ``read`` on a reading connection of its own, in a thread."""
        address = f"{self._database.path.absolute().as_uri()}?mode=ro"
        connection = sqlite3.connect(address, uri=True, check_same_thread=False)
        reading = asyncio.ensure_future(asyncio.to_thread(_closing_after, connection, read))
        try:
            return await asyncio.shield(reading)
        except asyncio.CancelledError:
            connection.interrupt()  # a thread can't be cancelled, but SQLite can
            await asyncio.wait([reading])
            raise


def next_pages(pages: int, seconds: float) -> int:
    """Pages of the next step, after one of ``pages`` took ``seconds``."""
    wanted = int(pages * min(max(STEP_SECONDS / max(seconds, 1e-6), 0.25), 2.0))
    return min(max(wanted, FEWEST_PAGES), MOST_PAGES)


def _closing_after(
    connection: sqlite3.Connection, read: Callable[[sqlite3.Connection], Any]
) -> Any:
    with closing(connection):
        connection.execute("PRAGMA query_only = ON")
        return read(connection)


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])


def _measured(connection: sqlite3.Connection) -> dict[str, float]:
    pages, free = _number(connection, "page_count"), _number(connection, "freelist_count")
    return {
        "file_bytes": pages * _number(connection, "page_size"),
        "pages": pages,
        "free_pages": free,
        "fragmentation_percent": round(plan.share(free, pages), 2),
        "unused_bytes": _unused(connection),
        "incremental": float(_number(connection, "auto_vacuum") != 0),
        "query_seconds": sum(_timed(connection, probe) for probe in PROBES),
    }


def _unused(connection: sqlite3.Connection) -> int:
    """Bytes inside pages that hold nothing; 0 where SQLite was built without dbstat."""
    try:
        found = connection.execute("SELECT sum(unused) FROM dbstat('main', 1)").fetchone()[0]
    except sqlite3.OperationalError as error:
        if "no such table" not in str(error):
            raise
        return 0
    return found or 0


def _timed(connection: sqlite3.Connection, probe: str) -> float:
    seconds = []
    for _ in range(PROBED):
        started = time.perf_counter()
        connection.execute(probe).fetchall()
        seconds.append(time.perf_counter() - started)
    return median(seconds)


def _damage(connection: sqlite3.Connection) -> str:
    try:
        found = connection.execute(f"PRAGMA integrity_check({FINDINGS})").fetchall()
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):  # interrupted, or its disk failed
            raise
        return str(error)
    return "" if found == [("ok",)] else "; ".join(row[0] for row in found)


def _recommended(connection: sqlite3.Connection) -> list[str]:
    """What PRAGMA optimize would do now: ANALYZE of some tables, of which small ones can wait."""
    # 3: only say so
    statements = [row[0] for row in connection.execute("PRAGMA optimize(3)").fetchall()]
    return [one for one in statements if _is_large(connection, one.removeprefix("ANALYZE "))]


def _is_large(connection: sqlite3.Connection, table: str) -> bool:
    sql = f"SELECT count(*) FROM (SELECT 1 FROM {table} LIMIT {PLANNED_ROWS})"
    return int(connection.execute(sql).fetchone()[0]) == PLANNED_ROWS


def _analyse(connection: sqlite3.Connection, statement: str) -> None:
    connection.execute(f"PRAGMA analysis_limit = {ANALYSED_ROWS}")
    connection.execute(statement)


def _free_pages(pages: int, connection: sqlite3.Connection) -> tuple[int, float]:
    """Free up to that many; how many are left (none when it is no use), and seconds it took."""
    before, started = _number(connection, "freelist_count"), time.perf_counter()
    # not execute(): it takes one step of the statement, and each step frees a single page
    connection.executescript(f"PRAGMA incremental_vacuum({pages});")
    seconds, left = time.perf_counter() - started, _number(connection, "freelist_count")
    return (left if left < before else 0), seconds


def _vacuum(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # a file of another making gets it now
    connection.execute("VACUUM")


def _checkpoint(connection: sqlite3.Connection) -> None:
    # most of it without keeping anyone out; then a reader may hold the log: it is emptied next
    # time, rather than writers waiting for it
    connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    connection.execute(f"PRAGMA busy_timeout = {CHECKPOINT_BUSY_MS}")
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        connection.execute(f"PRAGMA busy_timeout = {USUAL_BUSY_MS}")
