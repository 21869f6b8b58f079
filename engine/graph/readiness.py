"""Ready work: what can be started now, and what keeps the rest.

Ready is a task with the status open, whose dependencies and children are all finished, and that is
in no cycle. Blocked is the rest of the open ones, and those a person set to ``blocked``.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from engine.graph.briefs import FINISHED_SQL, briefs
from engine.graph.self_waiting import waiting_for_themselves
from engine.graph_views import BlockedTask, BlockedTasks, Blocker, ReadyTasks

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

BLOCKERS_SHOWN = 20
"""Blockers of one task that are named at most."""
FREE = f"""
NOT EXISTS (SELECT 1 FROM links AS l CROSS JOIN tasks AS d ON d.id = l.target_id
            WHERE l.task_id = t.id AND l.kind = 'blocks' AND d.status NOT IN ({FINISHED_SQL}))
AND NOT EXISTS (SELECT 1 FROM links AS l CROSS JOIN tasks AS d ON d.id = l.task_id
            WHERE l.target_id = t.id AND l.kind = 'parent-child'
            AND d.status NOT IN ({FINISHED_SQL}))
"""
"""Nothing that the task ``t`` waits for directly is unfinished."""
ORDER = "ORDER BY t.priority, t.created_at, t.id"
AMONG = f"""
SELECT DISTINCT t.id FROM json_each(?) AS wanted CROSS JOIN tasks AS t ON t.id = wanted.value
WHERE t.status = 'open' AND {FREE} {ORDER}
"""
SINCE = """
SELECT (SELECT coalesce(max(position), 0) FROM changes), EXISTS (
    SELECT 1 FROM changes WHERE position > ? AND what IN ('linked', 'created')
)
"""
BLOCKERS = f"""
SELECT l.task_id AS waiter, d.id, d.title, d.status, l.kind, d.priority
FROM json_each(:ids) AS asked CROSS JOIN links AS l ON l.task_id = asked.value
CROSS JOIN tasks AS d ON d.id = l.target_id
WHERE l.kind = 'blocks'
  AND d.status NOT IN ({FINISHED_SQL})
UNION ALL
SELECT l.target_id, d.id, d.title, d.status, l.kind, d.priority
FROM json_each(:ids) AS asked CROSS JOIN links AS l ON l.target_id = asked.value
CROSS JOIN tasks AS d ON d.id = l.task_id
WHERE l.kind = 'parent-child'
  AND d.status NOT IN ({FINISHED_SQL})
ORDER BY 6, 2
"""


class Wanted(NamedTuple):
    """Which tasks count; None does not matter, and "" is no project, or nobody's."""

    project: str | None = None
    assignee: str | None = None

    def condition(self) -> tuple[str, list[str]]:
        """The same in SQL, to follow a condition on the task ``t``, and its values."""
        given = {n: value for n, value in self._asdict().items() if value is not None}
        return "".join(f" AND t.{name} = ?" for name in given), list(given.values())


def ready_ids(
    connection: sqlite3.Connection, wanted: Wanted, acyclic_at: int | None = None
) -> list[str]:
    """All ready tasks, by priority, then the oldest first.

    ``acyclic_at`` is a position of the change log at which there was no cycle, if one is known.
    """
    condition, values = wanted.condition()
    free = _ids(connection, f"t.status = 'open'{condition} AND {FREE}", values)
    if acyclic_at is not None and not _linked_since(connection, acyclic_at):
        return free
    cyclic = waiting_for_themselves(connection, free)
    return [task_id for task_id in free if task_id not in cyclic]


def _linked_since(connection: sqlite3.Connection, position: int) -> bool:
    """Whether edges were added since, or the log was before it then."""
    last, linked = connection.execute(SINCE, (position,)).fetchone()
    return last < position or bool(linked)


def _ids(connection: sqlite3.Connection, condition: str, values: Sequence[str]) -> list[str]:
    sql = f"SELECT t.id FROM tasks AS t WHERE {condition} {ORDER}"
    return [row[0] for row in connection.execute(sql, values)]


def best_ready(
    connection: sqlite3.Connection, wanted: Wanted, *, acyclic: bool = False
) -> str | None:
    """The first of :func:`ready_ids`, without looking for the others."""
    condition, values = wanted.condition()
    sql = f"SELECT t.id FROM tasks AS t WHERE t.status = 'open'{condition} AND {FREE} {ORDER}"
    for (task_id,) in connection.execute(sql, values):
        if acyclic or not waiting_for_themselves(connection, [task_id]):
            return str(task_id)
    return None


def ready_among(
    connection: sqlite3.Connection, ids: Iterable[str], *, acyclic: bool = False
) -> list[str]:
    """Those of ``ids`` that are ready, by priority, then the oldest first."""
    rows = connection.execute(AMONG, (json.dumps(list(ids)),))
    free = [row[0] for row in rows]
    cyclic = set() if acyclic else waiting_for_themselves(connection, free)
    return [task_id for task_id in free if task_id not in cyclic]


def ready(
    connection: sqlite3.Connection, wanted: Wanted, limit: int, acyclic_at: int | None = None
) -> ReadyTasks:
    """What can be started now."""
    ids = ready_ids(connection, wanted, acyclic_at)
    return ReadyTasks(tuple(briefs(connection, ids[:limit])), len(ids), len(ids) > limit)


def blocked(
    connection: sqlite3.Connection, wanted: Wanted, limit: int, acyclic_at: int | None = None
) -> BlockedTasks:
    """What can't be started, each with what keeps it."""
    condition, values = wanted.condition()
    free = set(ready_ids(connection, wanted, acyclic_at))
    rest = [
        task_id
        for task_id in _ids(connection, f"t.status IN ('open', 'blocked'){condition}", values)
        if task_id not in free
    ]
    tasks = tuple(explained(connection, rest[:limit]))
    return BlockedTasks(tasks, len(rest), len(rest) > limit)


def explained(connection: sqlite3.Connection, ids: Sequence[str]) -> list[BlockedTask]:
    """What keeps each of ``ids``."""
    waits: dict[str, list[Blocker]] = {task_id: [] for task_id in ids}
    for row in connection.execute(BLOCKERS, {"ids": json.dumps(ids)}):
        waits[row[0]].append(Blocker(*row[1:5]))
    cyclic = _recorded_cycles(connection)
    cyclic |= waiting_for_themselves(connection, [i for i in ids if not waits[i]])
    return [
        BlockedTask(
            task, tuple(waits[task.id][:BLOCKERS_SHOWN]), len(waits[task.id]), task.id in cyclic
        )
        for task in briefs(connection, ids)
    ]


def _recorded_cycles(connection: sqlite3.Connection) -> set[str]:
    rows = connection.execute("SELECT tasks FROM cycles WHERE resolved_at IS NULL")
    return {task_id for (tasks,) in rows for task_id in json.loads(tasks)}
