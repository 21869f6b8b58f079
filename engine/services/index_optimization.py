"""Keeps the three stores small and quick; what each run did is measured before and after."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.operations import Completed, ServiceType, Snooze
from engine.services.base import BackgroundService

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from engine.operations import Operation, Outcome
    from engine.queue.port import OperationQueue
    from engine.resources.governor import Governor

QUIET_SECONDS = 2.0
PAGES_A_STEP = 1000
"""Pages freed in one go (4 MB), so that writers wait for milliseconds only."""
AUTOMATIC = frozenset({"large_change_threshold", "interval", "fragmentation", "wal", "slowdown"})
"""Origins that are no person: what they queue waits for a quiet moment."""


async def quiet(queue: OperationQueue, governor: Governor) -> bool:
    """Whether the other services have nothing to do, nobody types and nobody needs the machine."""
    if governor.typing or governor.share < 1:
        return False
    stats = await queue.stats()
    others = (depth for name, depth in stats.items() if name != ServiceType.INDEX_OPTIMIZATION)
    return not any(depth.available or depth.running for depth in others)


class IndexOptimizationService(BackgroundService):
    """optimize_indices: all that are switched on. The others: one store each."""

    name = ServiceType.INDEX_OPTIMIZATION
    kinds = frozenset({"optimize_indices", "vacuum_sqlite", "optimize_chroma", "optimize_kuzu"})
    """Set by whoever assembles the engine; without it only the queue decides what is quiet."""

    @property
    def enabled(self) -> bool:
        """What the configuration says."""
        return self.context.config.index_optimization.enabled

    def longest_seconds(self, kind: str) -> float:
        """A call a store."""
        return super().longest_seconds(kind) * len(self._targets(kind))

    async def run(self, kind: str, operations: Sequence[Operation]) -> Sequence[Outcome]:
        """Optimise; one that nobody asked for waits for a quiet moment."""
        return [await self._run_one(kind, operation) for operation in operations]

    async def _run_one(self, kind: str, operation: Operation) -> Outcome:
        patient = operation.origin in AUTOMATIC and not operation.payload.get("anyway")
        if patient and not await quiet(self.context.queue, self.context.governor):
            return Snooze(QUIET_SECONDS, "waits for a quiet moment")
        evidence: dict[str, Any] = {}
        for target in self._targets(kind):
            evidence[target] = await self._measured(target)
        return Completed(evidence)

    def _targets(self, kind: str) -> list[str]:
        settings = self.context.config.index_optimization
        wanted = {
            "vacuum_sqlite": settings.vacuum_sqlite,
            "optimize_chroma": settings.optimize_chroma_indices,
            "optimize_kuzu": settings.optimize_kuzu_indices,
        }
        return [k for k in wanted if wanted[k]] if kind == "optimize_indices" else [kind]

    async def _measured(self, target: str) -> str:
        """Run one, record before and after; returns what it gained in words."""
        started, at = self.context.clock.monotonic(), self.context.clock.now()
        if target == "vacuum_sqlite":
            before, after = await self._sqlite()
        else:
            report = await self.context.projections.optimize(target)
            before, after = report["before"], report["after"]
        seconds = self.context.clock.monotonic() - started
        values = (target, json.dumps(before), json.dumps(after), at, seconds)
        await self.context.database.write(
            lambda c: c.execute(
                "INSERT INTO optimizations (target, before, after, at, seconds)"
                " VALUES (?, ?, ?, ?, ?)",
                values,
            )
        )
        gained = sum(before.get(size, 0) - after.get(size, 0) for size in ("bytes", "wal_bytes"))
        return f"{gained:,} bytes gained" if gained > 0 else "nothing to do"

    async def _sqlite(self) -> tuple[Mapping[str, float], Mapping[str, float]]:
        database = self.context.database
        measured = partial(_measure, database.path)
        before = await database.write(measured, alone=True)
        await database.write(lambda c: c.execute("PRAGMA optimize").fetchall(), alone=True)
        for _ in range(0, int(before["free_pages"]), PAGES_A_STEP):
            await database.write(_free_pages, alone=True)
        await database.write(_checkpoint, alone=True)
        return before, await database.write(measured, alone=True)


def wal_bytes(database: Path) -> int:
    """Size of the write-ahead log of an SQLite file; 0 without one. Only looked at, not opened."""
    try:
        return Path(f"{database}-wal").stat().st_size
    except FileNotFoundError:
        return 0


def fragmentation(free_pages: int, pages: int) -> float:
    """Share of free pages, in percent."""
    return 100.0 * free_pages / pages if pages else 0.0


def _measure(path: Path, connection: sqlite3.Connection) -> dict[str, float]:
    def number(pragma: str) -> int:
        return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])

    pages, free = number("page_count"), number("freelist_count")
    return {
        "bytes": pages * number("page_size"),
        "free_pages": free,
        "fragmentation_percent": round(fragmentation(free, pages), 2),
        "wal_bytes": wal_bytes(path),
    }


def _free_pages(connection: sqlite3.Connection) -> None:
    # not execute(): it takes one step of the statement, and each step frees a single page
    connection.executescript(f"PRAGMA incremental_vacuum({PAGES_A_STEP});")


def _checkpoint(connection: sqlite3.Connection) -> None:
    # a reader may hold the log: then it is emptied next time, rather than writers waiting for it
    connection.execute("PRAGMA busy_timeout = 50")
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        connection.execute("PRAGMA busy_timeout = 5000")
