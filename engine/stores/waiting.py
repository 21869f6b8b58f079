"""Who waits for whom, asked of the truth inside the transaction that changes it."""

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
