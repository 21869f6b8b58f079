"""Keeps the three stores small and quick; what each run did is measured before and after."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from engine.operations import Completed, ServiceType, Snooze
from engine.services.base import BackgroundService

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from engine.operations import Operation, Outcome

QUIET_SECONDS = 2.0
PAGES_A_STEP = 1000
"""Pages freed in one go (4 MB), so that writers wait for milliseconds only."""


class IndexOptimizationService(BackgroundService):
    """optimize_indices: all that are switched on. The others: one store each."""

    name = ServiceType.INDEX_OPTIMIZATION
    kinds = frozenset({"optimize_indices", "vacuum_sqlite", "optimize_chroma", "optimize_kuzu"})

    @property
    def enabled(self) -> bool:
        """What the configuration says."""
        return self.context.config.index_optimization.enabled

    async def run(self, kind: str, operations: Sequence[Operation]) -> Sequence[Outcome]:
        """Optimise; one that nobody asked for waits for a quiet moment."""
        return [await self._run_one(kind, operation) for operation in operations]

    async def _run_one(self, kind: str, operation: Operation) -> Outcome:
        if operation.origin in {"large_change_threshold", "interval"} and await self._busy():
            return Snooze(QUIET_SECONDS, "waits for a quiet moment")
        evidence: dict[str, Any] = {}
        for target in self._targets(kind):
            evidence[target] = await self._measured(target)
        return Completed(evidence)

    async def _busy(self) -> bool:
        stats = await self.context.queue.stats()
        others = (depth for name, depth in stats.items() if name != self.name)
        return any(depth.available or depth.running for depth in others)

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
        gained = before["bytes"] - after["bytes"]
        return f"{gained:,} bytes gained" if gained > 0 else "nothing to do"

    async def _sqlite(self) -> tuple[Mapping[str, int], Mapping[str, int]]:
        database = self.context.database
        before = await database.write(_measure, alone=True)
        await database.write(lambda c: c.execute("PRAGMA optimize").fetchall(), alone=True)
        for _ in range(before["free_pages"] // PAGES_A_STEP + bool(before["free_pages"])):
            await database.write(
                lambda c: c.execute(f"PRAGMA incremental_vacuum({PAGES_A_STEP})").fetchall(),
                alone=True,
            )
        await database.write(_checkpoint, alone=True)
        return before, await database.write(_measure, alone=True)


def _measure(connection: sqlite3.Connection) -> dict[str, int]:
    def number(pragma: str) -> int:
        return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])

    pages = number("page_count")
    return {"bytes": pages * number("page_size"), "free_pages": number("freelist_count")}


def _checkpoint(connection: sqlite3.Connection) -> None:
    # a reader may hold the log: then it is emptied next time, rather than writers waiting for it
    connection.execute("PRAGMA busy_timeout = 50")
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        connection.execute("PRAGMA busy_timeout = 5000")
