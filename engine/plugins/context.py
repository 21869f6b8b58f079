"""What a plugin sees in its process: the class it derives from, the tasks, its folder, its log."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

from engine.database.connection import FILE_NAME
from engine.errors import StoreUnavailableError, TaskNotFoundError
from engine.services.base import BackgroundService
from engine.stores import rows

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from engine.services.base import ServiceContext
    from engine.tasks import Task

PAGE = 500
"""Rows of one query: well below SQLite's limit of bound values, and a short read."""


class Tasks:
    """The tasks, read-only, as they are at the moment of each call.

    Each call has a connection of its own, so that any thread may call. Each can raise
    StoreUnavailableError when the file can't be read; let it pass, and the work waits.
    """

    def __init__(self, data_dir: Path) -> None:
        self._uri = f"{(data_dir / FILE_NAME).absolute().as_uri()}?mode=ro"

    def get(self, task_id: str) -> Task:
        """One task; TaskNotFoundError when there is none."""
        found = self.many([task_id])
        if task_id not in found:
            raise TaskNotFoundError(task_id)
        return found[task_id]

    def many(self, task_ids: Sequence[str]) -> dict[str, Task]:
        """Those of the ids that exist."""
        found: dict[str, Task] = {}
        for start in range(0, len(task_ids), PAGE):
            some = task_ids[start : start + PAGE]
            marks = ", ".join("?" * len(some))
            found |= {task.id: task for task in self._read(f"t.id IN ({marks})", some)}
        return found

    def all(self) -> Iterator[Task]:
        """Every task by id, a page at a time: a long read would hold up the engine's upkeep."""
        last = ""
        while page := self._read(f"t.id > ? ORDER BY t.id LIMIT {PAGE}", [last]):
            yield from page
            last = page[-1].id

    def _read(self, where: str, values: Sequence[str]) -> list[Task]:
        query = f"SELECT {rows.TASK_COLUMNS} FROM tasks AS t WHERE {where}"
        try:
            with closing(sqlite3.connect(self._uri, uri=True)) as connection:
                connection.row_factory = sqlite3.Row
                connection.execute("PRAGMA query_only = ON")
                return [rows.task(row) for row in connection.execute(query, values)]
        except sqlite3.Error as error:
            raise StoreUnavailableError("tasks", str(error)) from error


@dataclass(frozen=True, slots=True)
class PluginContext:
    """What a plugin may use of Vespera."""

    name: str
    """The name of its entry point."""
    tasks: Tasks
    data_dir: Path
    """A folder of its own, which exists."""
    log: logging.Logger
    """Writes to ``plugin.log`` in ``data_dir``, of at most 1 MB and one older file."""


class Plugin(BackgroundService):
    """A service that another package brings. ``kinds`` and ``run`` are its own to define.

    ``batch_size`` may be set as a class attribute, 1 to 1000.
    """

    enabled: ClassVar[bool] = True  # the operator decides, not the plugin
    title: ClassVar[str] = ""
    """What its card is headed with; at most 80 characters."""
    on_task_change: ClassVar[str | None] = None
    """Kind queued, with the task's id as key, for each task that is written or deleted."""
    every: ClassVar[Mapping[str, float]] = {}
    """Kinds queued regularly, each with the seconds between."""

    context: PluginContext  # type: ignore[assignment]  # in its process there is no engine

    def __init__(self, context: PluginContext) -> None:
        super().__init__(cast("ServiceContext", context))
