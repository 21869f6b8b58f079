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
from engine.snapshots import Progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.database.writer import WriterConnection
    from engine.services.base import ServiceContext

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

    async def follow(self, *, again: bool) -> dict[str, Any]:
        """Bring the graph, then the vectors, up to the end; what was done.

        A batch that fails becomes an operation a task, so that only the one at fault waits. When
        the process just died, which may be nobody's fault, that is done only ``again``. Raises
        DependencyDownError while Kuzu is away; while Chroma is, the vectors catch up later.
        """
        done: dict[str, Any] = {"tasks": 0}
        try:
            while (step := await self._graph_step(done, again=again)) > 0:
                done["tasks"] += step
            await self._vectors(done)
        finally:
            self.progress = None
        await self._prune(done["position"])
        return done

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
        self._tell(step.position, step.head, "changes")
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
        started = self._context.clock.monotonic()

        def tell(done: int, total: int) -> None:
            self._tell(done, total, "rows", started)

        try:
            return await self._context.projections.graph_rebuild(tell)
        finally:
            self.progress = None

    def _tell(self, done: int, total: int, unit: str, started: float | None = None) -> None:
        rate = 0.0
        if started is not None and (seconds := self._context.clock.monotonic() - started) > 0:
            rate = done / seconds
        left = (total - done) / rate if rate else None
        self.progress = Progress(done, total, unit, rate, left)

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
        self._tell(end, head, "changes")
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
