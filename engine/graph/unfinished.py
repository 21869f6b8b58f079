"""Bottlenecks and the critical path, as rows for a frame between processes."""

from __future__ import annotations

from dataclasses import astuple
from typing import TYPE_CHECKING, Any

from engine.graph.briefs import FINISHED_SQL, briefs
from engine.graph.ranking import longest_chain, waiting_behind

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

PAIRS = f"""
SELECT {{waiter}}, {{waited_for}} FROM links AS l
JOIN tasks AS a ON a.id = l.task_id JOIN tasks AS b ON b.id = l.target_id
WHERE l.kind = '{{kind}}' AND a.status NOT IN ({FINISHED_SQL}) AND b.status NOT IN ({FINISHED_SQL})
"""
BLOCKING = PAIRS.format(waiter="a.id", waited_for="b.id", kind="blocks")
CHILDREN = PAIRS.format(waiter="b.id", waited_for="a.id", kind="parent-child")
WITHIN = "AND a.project = :project AND b.project = :project"
TASKS = f"SELECT id FROM tasks WHERE status NOT IN ({FINISHED_SQL})"


def bottlenecks(connection: sqlite3.Connection, limit: int) -> dict[str, Any]:
    """The fields of :class:`engine.graph_views.Bottlenecks`."""
    waits = connection.execute(f"{BLOCKING} UNION ALL {CHILDREN}").fetchall()
    counts, cyclic = waiting_behind([(a, b) for a, b in waits])
    holding = sorted(((-n, task) for task, n in counts.items() if n), key=lambda pair: pair)
    best = holding[:limit]
    return {
        "tasks": _rows(connection, (task for _, task in best)),
        "waiting": [-n for n, _ in best],
        "in_cycle": [task in cyclic for _, task in best],
        "total": len(holding),
        "position": position(connection),
    }


def critical_path(
    connection: sqlite3.Connection, project: str | None, limit: int
) -> dict[str, Any]:
    """The fields of :class:`engine.graph_views.CriticalPath`."""
    within, inside = (WITHIN, " AND project = :project") if project is not None else ("", "")
    values = {"project": project}
    waits = connection.execute(f"{BLOCKING} {within} UNION ALL {CHILDREN} {within}", values)
    tasks = connection.execute(f"{TASKS}{inside} ORDER BY priority, created_at, id", values)
    chain, left_out = longest_chain([row[0] for row in tasks], [(a, b) for a, b in waits])
    return {
        "tasks": _rows(connection, chain[:limit]),
        "length": len(chain),
        "left_out": left_out,
        "position": position(connection),
    }


def position(connection: sqlite3.Connection) -> int:
    """Of the newest change."""
    row = connection.execute("SELECT coalesce(max(position), 0) FROM changes").fetchone()
    return int(row[0])


def _rows(connection: sqlite3.Connection, ids: Iterable[str]) -> list[list[Any]]:
    return [list(astuple(task)) for task in briefs(connection, ids)]
