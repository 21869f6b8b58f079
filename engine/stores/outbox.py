"""Which operations a change of the tasks causes. They are queued in the change's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.operations import NewOperation, ServicePriority, ServiceType

CHANGES = "changes"
"""Key of the one operation that follows the change log."""

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from engine.database.writer import WriterConnection
    from engine.queue.sqlite_queue import SqliteQueue


class Outbox:
    """Turns changes into operations, by the rules of the configuration in force."""

    def __init__(self, queue: SqliteQueue) -> None:
        self._queue = queue
        self.listeners: list[Callable[[str, str], list[NewOperation]]] = []
        """Called with the id of each task that was written, linked or deleted, and who did it."""

    def _heard(self, task_id: str, origin: str) -> list[NewOperation]:
        return [new for listener in self.listeners for new in listener(task_id, origin)]

    def task_written(
        self,
        connection: WriterConnection,
        task_id: str,
        *,
        created: bool,
        text_changed: bool,
        origin: str,
        bulk: bool = False,
    ) -> None:
        """A task was created or updated. ``bulk`` skips the delays: a load has no typist."""
        found = list(self._for_task(task_id, created, text_changed, origin))
        found += self._heard(task_id, origin)
        self._enqueue(connection, found, bulk=bulk)

    def _for_task(
        self, task_id: str, created: bool, text_changed: bool, origin: str
    ) -> Iterator[NewOperation]:
        embedding, sync = self._queue.config.embedding, self._queue.config.incremental_sync
        wanted = embedding.auto_embed_on_create if created else embedding.auto_embed_on_update
        if text_changed and wanted:
            yield NewOperation(
                ServiceType.AUTO_EMBEDDING,
                "embed_task",
                task_id,
                delay=embedding.embed_delay_seconds,
                origin=origin,
            )
        if sync.sync_on_task_create if created else sync.sync_on_task_update:
            yield self._sync(origin)

    def _sync(self, origin: str) -> NewOperation:
        """One operation follows the change log, however many changes wait for it."""
        delay = self._queue.config.incremental_sync.sync_delay_seconds
        return NewOperation(
            ServiceType.INCREMENTAL_SYNC, "batch_sync", CHANGES, delay=delay, origin=origin
        )

    def task_deleted(self, connection: WriterConnection, task_id: str, origin: str) -> None:
        """A task is gone: both projections must forget it."""
        found = [self._sync(origin), *self._heard(task_id, origin)]
        self._enqueue(connection, found)

    def linked(
        self, connection: WriterConnection, task_id: str, origin: str, *, bulk: bool = False
    ) -> None:
        """Links of a task changed: its edges must follow, and a cycle may be born or gone."""
        found = [self._sync(origin), *self._heard(task_id, origin)]
        cycles = self._queue.config.cycle_detection
        if cycles.check_on_dependency_add:
            found.append(
                NewOperation(
                    ServiceType.CYCLE_DETECTION,
                    "check_cycles",
                    "graph",
                    delay=cycles.check_delay_seconds,
                    origin=origin,
                )
            )
        self._enqueue(connection, found, bulk=bulk)

    def many_changed(self, connection: WriterConnection, position: int) -> None:
        """After every ``large_change_threshold`` changes the indices are worth a look."""
        limit = self._queue.config.index_optimization.large_change_threshold
        row = connection.execute(
            "SELECT value FROM meta WHERE key = 'optimized_position'"
        ).fetchone()
        if position - (int(row["value"]) if row else 0) < limit:
            return
        connection.execute(
            "INSERT OR REPLACE INTO meta VALUES ('optimized_position', ?)", (str(position),)
        )
        self._enqueue(
            connection,
            [
                NewOperation(
                    ServiceType.INDEX_OPTIMIZATION,
                    "optimize_indices",
                    "many_changes",
                    priority=ServicePriority.LOW,
                    origin="large_change_threshold",
                )
            ],
        )

    def _enqueue(
        self, connection: WriterConnection, found: list[NewOperation], *, bulk: bool = False
    ) -> None:
        if bulk:
            found = [new._replace(delay=0.0) for new in found]
        if found:
            self._queue.enqueue_in(connection, found)
