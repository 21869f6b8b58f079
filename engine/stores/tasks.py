"""The tasks: reads off the loop, writes in one transaction with the operations they cause."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

from engine.cycles.guard import CycleGuard
from engine.errors import TaskNotFoundError
from engine.snapshots import ImportReport, TaskCounts
from engine.stores import cuts, importing, rows
from engine.stores.changes import Change
from engine.stores.idempotency import once
from engine.tasks import BLOCKS, Link, Task, TaskDraft

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from engine.clock import Clock, IdSource
    from engine.cycle_views import CutRecord
    from engine.database.database import Database
    from engine.database.writer import WriterConnection
    from engine.queue.sqlite_queue import SqliteQueue
    from engine.stores.outbox import Outbox

T = TypeVar("T")
IMPORT_CHUNK = 200
"""Drafts in one transaction: few enough that other writers wait well under 50 ms."""
DANGLING = """SELECT count(*) AS n FROM links AS l
    WHERE NOT EXISTS (SELECT 1 FROM tasks AS t WHERE t.id = l.target_id)"""


class TaskStore:
    """Tasks and links in SQLite, the truth."""

    def __init__(
        self,
        database: Database,
        queue: SqliteQueue,
        outbox: Outbox,
        *,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._database, self._queue, self._outbox = database, queue, outbox
        self._clock, self._ids = clock, ids
        self.guard = CycleGuard(database)
        """Knows whether a link closes a cycle."""

    async def change(self, job: Callable[[Change], T], actor: str = "", *, bulk: bool = False) -> T:
        """Run ``job`` in a transaction with the operations that it causes."""
        now = self._clock.now()
        reject = not bulk and self._queue.config.cycle_detection.policy == "reject"

        def run(connection: WriterConnection) -> T:
            return job(
                Change(connection, self._outbox, self.guard, self._ids, now, actor, reject, bulk)
            )

        return await self._database.write(once(run, now) or run)

    async def create(self, draft: TaskDraft, actor: str = "") -> Task:
        """Store a new task; see :meth:`Change.create`."""
        return await self.change(lambda change: change.create(draft), actor)

    async def update(
        self,
        task_id: str,
        changes: Mapping[str, object],
        expected_version: int | None = None,
        actor: str = "",
    ) -> Task:
        """Change fields; see :meth:`Change.update`."""
        return await self.change(lambda c: c.update(task_id, changes, expected_version), actor)

    async def delete(
        self, task_id: str, expected_version: int | None = None, actor: str = ""
    ) -> Task:
        """Remove a task and its links; see :meth:`Change.delete`."""
        return await self.change(lambda change: change.delete(task_id, expected_version), actor)

    async def link(self, task_id: str, target_id: str, kind: str = BLOCKS, actor: str = "") -> bool:
        """Add a link; see :meth:`Change.link`."""
        return await self.change(lambda change: change.link(Link(task_id, target_id, kind)), actor)

    async def unlink(
        self, task_id: str, target_id: str, kind: str = BLOCKS, actor: str = ""
    ) -> bool:
        """Remove a link; False when there was none."""
        return await self.change(lambda change: change.unlink(task_id, target_id, kind), actor)

    async def cut(
        self, component: int, edges: Sequence[tuple[str, str, str]], actor: str = ""
    ) -> CutRecord:
        """Remove links to break cycles; see :func:`engine.stores.cuts.apply`."""
        return await self.change(partial(cuts.apply, component=component, edges=edges), actor)

    async def undo_cut(self, cut_id: int, actor: str = "") -> CutRecord:
        """Put the links of a cut back; see :func:`engine.stores.cuts.undo`."""
        return await self.change(partial(cuts.undo, cut_id=cut_id), actor)

    async def bring_in(
        self,
        drafts: Sequence[tuple[int, TaskDraft]],
        actor: str = "",
        manner: importing.Manner = importing.USUAL,
    ) -> ImportReport:
        """Create or update in chunks, each a transaction; repeating it changes nothing."""
        tally = importing.Tally()
        for start in range(0, len(drafts), IMPORT_CHUNK):
            tally += await self.change(
                partial(
                    importing.bring_in, drafts=drafts[start : start + IMPORT_CHUNK], manner=manner
                ),
                actor,
                bulk=True,
            )
        return ImportReport(
            created=tally.created,
            updated=tally.updated,
            unchanged=tally.unchanged,
            links=tally.links,
            dangling=await self._dangling(),
            errors=tuple(tally.errors),
            changes=tuple(tally.changes),
        )

    async def imported_from(self, source: str) -> list[str]:
        """Ids of the tasks whose ``extra["origin"]["source"]`` is ``source``, in order."""
        found = await self._database.rows(
            "SELECT id FROM tasks WHERE json_extract(extra, '$.origin.source') = ? ORDER BY id",
            (source,),
        )
        return [row["id"] for row in found]

    async def get(self, task_id: str) -> Task:
        """One task; TaskNotFoundError when there is none."""
        row = await self._database.row(
            f"SELECT {rows.TASK_COLUMNS} FROM tasks AS t WHERE id = ?", (task_id,)
        )
        if row is None:
            raise TaskNotFoundError(task_id)
        return rows.task(row)

    async def many(self, task_ids: Sequence[str]) -> dict[str, Task]:
        """Those of the ids that exist."""
        marks = ", ".join("?" * len(task_ids))
        found = await self._database.rows(
            f"SELECT {rows.TASK_COLUMNS} FROM tasks AS t WHERE id IN ({marks})", task_ids
        )
        return {row["id"]: rows.task(row) for row in found}

    async def links(self, task_id: str) -> list[Link]:
        """All links out of and into a task."""
        found = await self._database.rows(
            f"SELECT {rows.LINK_COLUMNS} FROM links WHERE task_id = ? OR target_id = ?",
            (task_id, task_id),
        )
        return [rows.link(row) for row in found]

    async def page(
        self,
        *,
        status: str | None = None,
        project: str | None = None,
        assignee: str | None = None,
        tag: str | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> list[Task]:
        """Tasks by priority, then age."""
        condition, values = _matching(status, project, assignee, tag)
        found = await self._database.rows(
            f"SELECT {rows.TASK_COLUMNS} FROM tasks AS t WHERE {condition}"
            " ORDER BY priority, created_at, id LIMIT ? OFFSET ?",
            (*values, limit, offset),
        )
        return [rows.task(row) for row in found]

    async def count(
        self,
        *,
        status: str | None = None,
        project: str | None = None,
        assignee: str | None = None,
        tag: str | None = None,
    ) -> int:
        """How many tasks match."""
        condition, values = _matching(status, project, assignee, tag)
        row = await self._database.row(
            f"SELECT count(*) AS n FROM tasks AS t WHERE {condition}", values
        )
        return 0 if row is None else row["n"]

    async def everything(self) -> AsyncIterator[tuple[Task, list[Link]]]:
        """Every task with the links out of it, by id, a page at a time."""
        last = ""
        while page := await self._database.rows(
            f"SELECT {rows.TASK_COLUMNS} FROM tasks AS t WHERE id > ? ORDER BY id LIMIT 500",
            (last,),
        ):
            last = page[-1]["id"]
            found = await self._database.rows(
                f"SELECT {rows.LINK_COLUMNS} FROM links WHERE task_id BETWEEN ? AND ?"
                " ORDER BY version",
                (page[0]["id"], last),
            )
            out: dict[str, list[Link]] = {}
            for row in found:
                out.setdefault(row["task_id"], []).append(rows.link(row))
            for row in page:
                yield rows.task(row), out.get(row["id"], [])

    async def counts(self) -> TaskCounts:
        """How many there are."""
        statuses = await self._database.rows(
            "SELECT status, count(*) AS n FROM tasks GROUP BY status"
        )
        kinds = await self._database.rows(
            "SELECT kind, count(*) AS n FROM links AS l JOIN tasks AS t ON t.id = l.target_id"
            " GROUP BY kind"
        )
        by_status = {row["status"]: row["n"] for row in statuses}
        return TaskCounts(
            total=sum(by_status.values()),
            by_status=by_status,
            links={row["kind"]: row["n"] for row in kinds},
            dangling=await self._dangling(),
        )

    async def _dangling(self) -> int:
        row = await self._database.row(DANGLING)
        return 0 if row is None else row["n"]


def _matching(
    status: str | None, project: str | None, assignee: str | None, tag: str | None
) -> tuple[str, list[object]]:
    """The condition on ``t`` in SQL, and its values; None does not matter."""
    wanted = {"status": status, "project": project, "assignee": assignee}
    terms = [f"t.{name} = ?" for name, value in wanted.items() if value is not None]
    values: list[object] = [value for value in wanted.values() if value is not None]
    if tag is not None:
        terms.append("EXISTS (SELECT 1 FROM json_each(t.tags) WHERE value = ?)")
        values.append(tag)
    return " AND ".join(terms) or "1", values
