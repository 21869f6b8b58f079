"""Brings both projections up to the end of the change log, a batch of tasks at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.errors import (
    StoreUnavailableError,
    WorkerDiedError,
    WorkerError,
    WorkerTimeoutError,
)
from engine.operations import NewOperation, ServiceType
from engine.services.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.database.writer import WriterConnection
    from engine.services.base import ServiceContext
    from engine.snapshots import Progress

VECTORS_A_STEP = 500
KEPT = 10_000
"""Changes that are kept although both projections are past them: what lately happened."""
PRUNED_AT_ONCE = 20_000
"""Rows; other writers wait meanwhile."""
NEXT = "SELECT position, task_id FROM changes WHERE position > ? ORDER BY position LIMIT ?"
VECTORS_POSITION = """
SELECT coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'vectors_position'), 0)
       AS position, (SELECT coalesce(max(position), 0) FROM changes) AS head
"""


class ChangeLog:
    """What follows the log. ``progress`` is how far it is; None while it does nothing."""

    def __init__(self, context: ServiceContext) -> None:
        self._context = context
        self.progress: Progress | None = None
        self._pace = Pace(context.clock)
        self._from: int | None = None
        """Where in the log this following began; None before it is known."""

    async def follow(self, *, again: bool) -> dict[str, Any]:
        """Bring the graph, then the vectors, up to the end; what was done.

        A batch that fails becomes an operation a task, so that only the one at fault waits. When
        the process just died, which may be nobody's fault, that is done only ``again``. Raises
        DependencyDownError while Kuzu is away; while Chroma is, the vectors catch up later.
        """
        done: dict[str, Any] = {"tasks": 0}
        self._begin()
        try:
            while (step := await self._graph_step(done, again=again)) > 0:
                done["tasks"] += step
            self._begin()
            await self._vectors(done)
        finally:
            self.progress = None
        await self._prune(done["position"])
        return done

    def _begin(self) -> None:
        self._pace, self._from = Pace(self._context.clock), None

    def _tell(self, position: int, head: int, step: int) -> None:
        """It is at ``position`` of the log, ``step`` changes further than before, about."""
        if self._from is None:
            self._from = max(position - step, 0)
        done = position - self._from
        self.progress = self._pace.progress(done, max(head - self._from, done), "changes")

    async def _graph_step(self, done: dict[str, Any], *, again: bool) -> int:
        """The next batch of the graph; how many tasks, 0 at the end of the log."""
        projections = self._context.projections
        tasks = self._context.config.incremental_sync.batch_size
        try:
            step = await projections.graph_drain(tasks)
        except (WorkerDiedError, WorkerTimeoutError):
            if not again:
                raise
            return await self._hand_over(tasks, done)
        except WorkerError:
            return await self._hand_over(tasks, done)
        if step.rebuild:
            done["rebuilt"] = await self.rebuild()
            return done["rebuilt"] or 1
        done["position"] = step.position
        self._tell(step.position, step.head, step.tasks)
        return step.tasks

    async def _hand_over(self, tasks: int, done: dict[str, Any]) -> int:
        end, ids = await self._context.projections.graph_next(tasks)
        await self._queue(ids)
        await self._context.projections.graph_skip(end)
        done["handed_over"] = done.get("handed_over", 0) + len(ids)
        return len(ids)

    async def _queue(self, ids: Sequence[str]) -> None:
        found = [
            NewOperation(ServiceType.INCREMENTAL_SYNC, "sync_task", task_id, origin="change log")
            for task_id in ids
        ]
        await self._context.queue.enqueue(found)

    async def rebuild(self) -> int:
        """Load the whole graph anew; the number of nodes read back."""
        pace = Pace(self._context.clock)

        def tell(done: int, total: int) -> None:
            self.progress = pace.progress(done, total, "rows")

        try:
            return await self._context.projections.graph_rebuild(tell)
        finally:
            self.progress = None

    async def _vectors(self, done: dict[str, Any]) -> None:
        """Bring what is noted beside the vectors up to the end, and forget deleted tasks."""
        try:
            while ids := await self._vectors_step():
                done["noted"] = done.get("noted", 0) + len(ids)
        except StoreUnavailableError as error:
            done["vectors_wait_for"] = str(error)

    async def _vectors_step(self) -> Sequence[str]:
        start, head = await vectors_position(self._context)
        rows = await self._context.database.rows(NEXT, (start, VECTORS_A_STEP))
        if not rows:
            return ()
        ids = list(dict.fromkeys(row["task_id"] for row in rows))
        current = set(await self._context.projections.vectors_follow(ids))
        await self._queue([task_id for task_id in ids if task_id not in current])
        end = rows[-1]["position"]
        await self._context.database.write(lambda c: _note(c, "vectors_position", end))
        self._tell(end, head, len(rows))
        return ids

    async def _prune(self, graph: int) -> None:
        """Forget changes that both projections are past, but for the last ones."""
        vectors, _ = await vectors_position(self._context)
        await self._context.database.write(lambda c: prune(c, min(graph, vectors) - KEPT))


async def vectors_position(context: ServiceContext) -> tuple[int, int]:
    """Up to where in the change log the vectors are in step, and where the log ends."""
    row = await context.database.row(VECTORS_POSITION)
    return (0, 0) if row is None else (row["position"], row["head"])


def prune(connection: WriterConnection, end: int) -> None:
    """Remove changes up to ``end``, so many at once, and note how far."""
    first = connection.execute("SELECT min(position) FROM changes").fetchone()[0]
    if first is None or first > end:
        return
    end = min(end, first + PRUNED_AT_ONCE)
    connection.execute("DELETE FROM changes WHERE position <= ?", (end,))
    _note(connection, "changes_pruned", end)


def _note(connection: WriterConnection, key: str, position: int) -> None:
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, str(position)))
