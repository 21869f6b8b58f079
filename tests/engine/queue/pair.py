"""The queues in SQLite and in memory, driven in step."""

from __future__ import annotations

import asyncio
import random
import tempfile
from dataclasses import replace
from pathlib import Path

from engine.clock import IdSource
from engine.queue.encoding import decode
from engine.service_config import ServiceConfiguration
from engine.snapshots import QueueDepth
from tests.conftest import FakeClock
from tests.engine.queue.queues import MemoryQueues, SqliteQueues


class Pair:
    """One action happens to both; ids of SQLite, which leaves gaps, are seen as those of memory."""

    def __init__(self) -> None:
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = FakeClock()
        folder = Path(self.folder.name)
        config = ServiceConfiguration(data_dir=folder, aging_seconds=20.0, lease_seconds=30.0)
        self.sides = [
            SqliteQueues(folder, config, self.clock, self._ids()),
            MemoryQueues(config, self.clock, self._ids()),
        ]
        self.twin: dict[int, int] = {}
        """The id in memory by that in SQLite, which leaves gaps."""
        self.owners = 0
        self.runner.run(self._open())

    def reopen(self) -> None:
        """Another process takes over."""

        async def run() -> None:
            for side in self.sides:
                await side.reopen()
            await self._own()

        self.runner.run(run())

    def _ids(self) -> IdSource:
        return IdSource(random.Random(7))  # noqa: S311 - the same jitter for both, no secret

    async def _open(self) -> None:
        for side in self.sides:
            await side.open()
        await self._own()

    async def _own(self) -> None:
        self.owners += 1
        self.queues = [await side.owner(f"owner {self.owners}") for side in self.sides]

    def close(self) -> None:
        async def run() -> None:
            for side in self.sides:
                await side.close()

        self.runner.run(run())
        self.runner.close()
        self.folder.cleanup()

    def both(self, act):
        """What the action gives, which has to be the same for both."""

        async def run():
            return [await act(queue) for queue in self.queues]

        sqlite, memory = self.runner.run(run())
        return sqlite, memory

    def same(self, act):
        sqlite, memory = self.both(act)
        assert sqlite == memory
        return sqlite

    def views(self):
        """All operations of SQLite with the ids of memory, after both were compared."""
        sqlite, memory = self.both(lambda queue: queue.view(limit=10_000))
        mine = [replace(view, id=self.twin[view.id]) for view in sqlite]
        assert mine == memory
        return mine

    def each(self, act, arguments):
        """What the action gives for both, each with an argument of its own."""

        async def run():
            return [
                await act(queue, argument)
                for queue, argument in zip(self.queues, arguments, strict=True)
            ]

        return self.runner.run(run())

    def same_stats(self) -> dict[str, QueueDepth]:
        empty = QueueDepth()
        sqlite, memory = self.both(lambda queue: queue.stats())
        for service in {*sqlite, *memory}:
            assert sqlite.get(service, empty) == memory.get(service, empty)
        return sqlite

    def same_rows(self) -> None:
        """What decides about the future but is shown to nobody is the same too."""
        hidden = ("rank", "turn", "max_run_at", "unclean", "claims", "lease_until", "claimed_by")
        sql = f"SELECT id, {', '.join(hidden)} FROM operations"
        rows = self.runner.run(self.sides[0].database.rows(sql))
        mine = {self.twin[row["id"]]: tuple(row)[1:] for row in rows}
        alive = self.queues[1].store.select("scheduled", "available", "running")
        assert mine == {row.id: tuple(row[name] for name in hidden) for row in alive}
        self._same_notes()

    def _same_notes(self) -> None:
        """What an undo of each would bring back."""
        sql = "SELECT id, was FROM {} WHERE was IS NOT NULL"
        both = f"{sql.format('operations')} UNION ALL {sql.format('finished_operations')}"
        rows = self.runner.run(self.sides[0].database.rows(both))
        others = self.queues[1].store.rows.values()
        assert {self.twin[row["id"]]: decode(row["was"]) for row in rows} == {
            row.id: decode(row.was) for row in others if row.was is not None
        }
