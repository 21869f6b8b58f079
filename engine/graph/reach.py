"""Walks: everything that waits for a task, or that it waits for, level by level.

Breadth-first, each level one query, so that every task is met once and at its shortest distance
however many ways or cycles lead to it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from engine.graph.briefs import brief, briefs, unfinished
from engine.graph_views import Reach, Reached
from engine.tasks import FINISHED

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

FRONT = "FROM json_each(:front) AS front CROSS JOIN links AS l"
CONNECTED = "CROSS JOIN tasks AS t ON t.id = l.target_id"
WAITERS = f"""
SELECT front.value, l.task_id {FRONT} ON l.target_id = front.value AND l.kind = 'blocks'
UNION ALL
SELECT front.value, l.target_id {FRONT} ON l.task_id = front.value AND l.kind = 'parent-child'
{CONNECTED}
"""
"""``(task, who waits for it)``. CROSS JOIN: from the front to its links, never the other way."""
WAITED_FOR = f"""
SELECT front.value, l.target_id {FRONT} ON l.task_id = front.value AND l.kind = 'blocks' {CONNECTED}
UNION ALL
SELECT front.value, l.task_id {FRONT} ON l.target_id = front.value AND l.kind = 'parent-child'
"""
"""``(task, whom it waits for)``."""
EVERYTHING = 1_000_000_000


class Walk:
    """What was reached from ``start``: ``before`` and ``distance`` by task, nearest first."""

    def __init__(self, start: str) -> None:
        self.start = start
        self.before: dict[str, str] = {}
        self.distance: dict[str, int] = {}
        self.returned = False
        """Whether a way leads back to the start."""

    def __len__(self) -> int:
        return len(self.before)

    def unfinished(self, connection: sqlite3.Connection) -> set[str]:
        """The unfinished among what was reached."""
        return set(unfinished(connection, self.before))

    def reached(self, connection: sqlite3.Connection, ids: Iterable[str]) -> tuple[Reached, ...]:
        """Those of ``ids``, in their order."""
        return tuple(
            Reached(task, self.distance[task.id], self.before[task.id], task.status not in FINISHED)
            for task in briefs(connection, ids)
        )


def walk(connection: sqlite3.Connection, start: str, steps: str, depth: int = EVERYTHING) -> Walk:
    """Everything within ``depth`` steps of ``start``; ``steps`` is a query like WAITERS."""
    found = Walk(start)
    front: Sequence[str] = [start]
    level = 0
    while front and level < depth:
        level += 1
        following: list[str] = []
        for here, there in connection.execute(steps, {"front": json.dumps(front)}):
            if there == start:
                found.returned = True
            elif there not in found.before:
                found.before[there], found.distance[there] = here, level
                following.append(there)
        front = following
    return found


def impact(connection: sqlite3.Connection, task_id: str, limit: int) -> Reach:
    """Everything that waits for a task. Raises TaskNotFoundError."""
    return _reach(connection, task_id, WAITERS, limit)


def blockers(connection: sqlite3.Connection, task_id: str, limit: int) -> Reach:
    """Everything that a task waits for. Raises TaskNotFoundError."""
    return _reach(connection, task_id, WAITED_FOR, limit)


def _reach(connection: sqlite3.Connection, task_id: str, steps: str, limit: int) -> Reach:
    task = brief(connection, task_id)
    found = walk(connection, task_id, steps)
    unfinished = found.unfinished(connection)
    # of one distance the unfinished first: they are what the question is about
    ids = sorted(found.before, key=lambda one: (found.distance[one], one not in unfinished))
    return Reach(
        task=task,
        found=found.reached(connection, ids[:limit]),
        total=len(found),
        unfinished=len(unfinished),
        truncated=len(found) > limit,
        in_cycle=found.returned,
    )
