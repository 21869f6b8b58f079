"""Which tasks wait for themselves, asked only where it can make a difference.

A task whose direct dependencies are all finished is in a cycle only if the way leads on over
finished tasks to one that was finished although it waits for an unfinished task. Such tasks are
rare, so the search for them is nearly always the whole answer.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from engine.graph.briefs import FINISHED_SQL
from engine.graph.reach import WAITED_FOR

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping, Sequence

DONE = f"t.status IN ({FINISHED_SQL})"
BLOCKING = "CROSS JOIN links AS l ON l.task_id = b.id AND l.kind = 'blocks'"
BLOCKING_TASK = "CROSS JOIN tasks AS t ON t.id = l.target_id"
CHILD = "CROSS JOIN links AS l ON l.target_id = b.id AND l.kind = 'parent-child'"
CHILD_TASK = "CROSS JOIN tasks AS t ON t.id = l.task_id"
FINISHED_TOO_EARLY = f"""
WITH RECURSIVE asked (id) AS (SELECT value FROM json_each(?)),
behind (id) AS (
    SELECT t.id FROM asked AS b {BLOCKING} {BLOCKING_TASK} WHERE {DONE}
    UNION SELECT t.id FROM asked AS b {CHILD} {CHILD_TASK} WHERE {DONE}
    UNION SELECT t.id FROM behind AS b {BLOCKING} {BLOCKING_TASK} WHERE {DONE}
    UNION SELECT t.id FROM behind AS b {CHILD} {CHILD_TASK} WHERE {DONE}
)
SELECT 1 FROM behind AS b WHERE
    EXISTS (SELECT 1 FROM links AS l {BLOCKING_TASK}
            WHERE l.task_id = b.id AND l.kind = 'blocks' AND NOT {DONE})
    OR EXISTS (SELECT 1 FROM links AS l {CHILD_TASK}
               WHERE l.target_id = b.id AND l.kind = 'parent-child' AND NOT {DONE})
LIMIT 1
"""


def waiting_for_themselves(connection: sqlite3.Connection, ids: Sequence[str]) -> set[str]:
    """Those of ``ids``, whose direct dependencies are all finished, that are in a cycle."""
    if connection.execute(FINISHED_TOO_EARLY, (json.dumps(ids),)).fetchone() is None:
        return set()
    return cyclic(_behind(connection, ids)).intersection(ids)


def _behind(connection: sqlite3.Connection, ids: Sequence[str]) -> dict[str, list[str]]:
    """All that ``ids`` wait for, over any number of links: whom each waits for, by task."""
    found: dict[str, list[str]] = {task_id: [] for task_id in ids}
    front = list(ids)
    while front:
        following = []
        for here, there in connection.execute(WAITED_FOR, {"front": json.dumps(front)}):
            found[here].append(there)
            if there not in found:
                found[there] = []
                following.append(there)
        front = following
    return found


def cyclic(waits: Mapping[str, Sequence[str]]) -> set[str]:
    """All tasks in cycles, given whom each task waits for; every task is a key.

    Strongly connected components by Tarjan (1972), without recursion: a chain may be as long as
    there are tasks.
    """
    search = _Components(waits)
    for task in waits:
        if task not in search.low:
            search.explore(task)
    return search.cyclic


class _Components:
    """The state of Tarjan's search."""

    def __init__(self, waits: Mapping[str, Sequence[str]]) -> None:
        self._waits = waits
        self._stack: list[str] = []
        self._place: dict[str, int] = {}
        """Where on the stack; gone once its component is complete."""
        self.low: dict[str, int] = {}
        self.cyclic: set[str] = set()

    def explore(self, root: str) -> None:
        work = [(root, self._enter(root))]
        while work:
            here, targets = work[-1]
            there = next(targets, None)
            if there is None:
                work.pop()
                self._leave(here)
                if work:
                    above = work[-1][0]
                    self.low[above] = min(self.low[above], self.low[here])
            elif there not in self.low:
                work.append((there, self._enter(there)))
            elif there in self._place:
                self.low[here] = min(self.low[here], self._place[there])

    def _enter(self, task: str) -> Iterator[str]:
        self.low[task] = self._place[task] = len(self._stack)
        self._stack.append(task)
        return iter(self._waits[task])

    def _leave(self, task: str) -> None:
        start = self._place[task]
        if self.low[task] != start:
            return
        component = self._stack[start:]
        del self._stack[start:]
        for member in component:
            del self._place[member]
        if len(component) > 1 or task in self._waits[task]:
            self.cyclic.update(component)
