"""Who waits for whom, asked of the truth itself: slower than the order, but always there.

Used while the order is being loaded.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

WAITS_FOR = """
    SELECT l.target_id FROM links AS l JOIN tasks AS t ON t.id = l.target_id
    WHERE l.task_id = :id AND l.kind = 'blocks'
    UNION
    SELECT task_id FROM links WHERE target_id = :id AND kind = 'parent-child'
"""
INTO = """
    SELECT task_id, kind FROM links WHERE target_id = ? AND kind IN ('blocks', 'parent-child')
"""


def path(connection: sqlite3.Connection, start: str, goal: str) -> list[str] | None:
    """The shortest chain from ``start`` to ``goal`` in which each waits for the next.

    Breadth-first over what is reachable; None when ``start`` does not wait for ``goal``.
    """
    before: dict[str, str] = {start: start}
    front = deque([start])
    while front:
        here = front.popleft()
        if here == goal:
            return _trace(before, start, goal)
        for (following,) in connection.execute(WAITS_FOR, {"id": here}):
            if following not in before:
                before[following] = here
                front.append(following)
    return None


def _trace(before: dict[str, str], start: str, goal: str) -> list[str]:
    chain = [goal]
    while chain[-1] != start:
        chain.append(before[chain[-1]])
    return chain[::-1]


def exists(connection: sqlite3.Connection, task_id: str) -> bool:
    """Whether there is such a task."""
    found = connection.execute("SELECT 1 FROM tasks WHERE id = ?", (task_id,))
    return found.fetchone() is not None


def edges_of_target(connection: sqlite3.Connection, task_id: str) -> list[tuple[str, str]]:
    """``(who waits, for whom)`` of each link to ``task_id``."""
    return [
        (source, task_id) if kind == "blocks" else (task_id, source)
        for source, kind in connection.execute(INTO, (task_id,))
    ]
