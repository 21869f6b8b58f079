"""What is around a task: its neighbourhood, and its place among parents and children."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from engine.errors import InvalidInputError
from engine.graph.briefs import brief
from engine.graph.reach import CONNECTED, FRONT, walk
from engine.graph_views import Hierarchy, Neighbourhood, Reached
from engine.stores import rows
from engine.tasks import Link

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

DEEPEST = 5
NEIGHBOURS = f"""
SELECT front.value, l.target_id {FRONT} ON l.task_id = front.value {CONNECTED}
UNION ALL
SELECT front.value, l.task_id {FRONT} ON l.target_id = front.value
"""
PARENTS = f"""
SELECT front.value, l.target_id {FRONT} ON l.task_id = front.value AND l.kind = 'parent-child'
{CONNECTED}
"""
CHILDREN = f"""
SELECT front.value, l.task_id {FRONT} ON l.target_id = front.value AND l.kind = 'parent-child'
"""
AMONG = f"""
SELECT {rows.LINK_COLUMNS} FROM links
WHERE task_id IN (SELECT value FROM json_each(:ids))
  AND target_id IN (SELECT value FROM json_each(:ids))
ORDER BY task_id, target_id, kind
"""


def neighbourhood(
    connection: sqlite3.Connection, task_id: str, depth: int, limit: int
) -> Neighbourhood:
    """What is within ``depth`` links. Raises TaskNotFoundError, InvalidInputError."""
    if depth not in range(1, DEEPEST + 1):
        raise InvalidInputError(f"depth: {depth} is not a whole number from 1 to {DEEPEST}")
    task = brief(connection, task_id)
    found = walk(connection, task_id, NEIGHBOURS, depth)
    shown = list(found.before)[:limit]
    ids = json.dumps([task_id, *shown])
    edges = [Link(*row) for row in connection.execute(AMONG, {"ids": ids})]
    nodes = found.reached(connection, shown)
    return Neighbourhood(task, depth, nodes, tuple(edges), len(found), len(found) > limit)


def hierarchy(connection: sqlite3.Connection, task_id: str, limit: int) -> Hierarchy:
    """Ancestors and subtree of a task. Raises TaskNotFoundError."""
    task = brief(connection, task_id)
    up, down = walk(connection, task_id, PARENTS), walk(connection, task_id, CHILDREN)
    below = down.reached(connection, down.before)
    return Hierarchy(
        task=task,
        ancestors=up.reached(connection, up.before),
        subtree=tuple(_depth_first(task_id, below))[:limit],
        by_status=dict(Counter(one.task.status for one in below)),
        total=len(down),
        truncated=len(down) > limit,
    )


def _depth_first(root: str, below: Sequence[Reached]) -> Iterator[Reached]:
    children: dict[str, list[Reached]] = {}
    for one in sorted(below, key=lambda one: (one.task.priority, one.task.created_at, one.task.id)):
        children.setdefault(one.via, []).append(one)
    waiting = children.get(root, [])[::-1]
    while waiting:
        one = waiting.pop()
        yield one
        waiting += children.get(one.task.id, [])[::-1]
