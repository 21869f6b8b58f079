"""The tasks of the demonstration as they are now, and what they say when they are asked."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.graph_views import Reach, Reached, TaskBrief
from engine.snapshots import TaskCounts
from engine.task_views import TaskRow, TasksPage
from engine.tasks import BLOCKS, FINISHED
from vespera_tui.demo.tasks import make

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.task_views import TasksQuery
    from engine.tasks import Link, Task


def brief(task: Task) -> TaskBrief:
    """A task as a line of a list shows it."""
    return TaskBrief(
        task.id, task.title, task.status, task.priority, task.project, task.assignee,
        task.created_at,
    )  # fmt: skip


class Board:
    """Tasks and links, kept in memory for as long as the demonstration runs."""

    def __init__(self, now: float, seed: int) -> None:
        self.tasks, self.links = make(now, seed)

    def counts(self) -> TaskCounts:
        """How many there are."""
        states = Counter(task.status for task in self.tasks.values())
        return TaskCounts(len(self.tasks), states, Counter(link.kind for link in self.links))

    def of(self, task_id: str) -> list[Link]:
        """The links out of and into it."""
        return [link for link in self.links if task_id in {link.task_id, link.target_id}]

    def rows(self) -> dict[str, TaskRow]:
        """Each task with what it waits for, by id."""
        waits = Counter(
            link.task_id
            for link in self.links
            if link.kind == BLOCKS and self.unfinished(link.target_id)
        )
        return {task.id: _row(task, waits[task.id]) for task in self.tasks.values()}

    def unfinished(self, task_id: str) -> bool:
        """Whether it is there and others still wait for it."""
        return task_id in self.tasks and self.tasks[task_id].status not in FINISHED

    def page(self, query: TasksQuery) -> TasksPage:
        """A filtered and sorted part."""
        rows = self.rows()
        found = [
            task
            for task in self.tasks.values()
            if query.status in {None, task.status}
            and query.project in {None, task.project}
            and query.assignee in {None, task.assignee}
            and (query.tag is None or query.tag in task.tags)
            and (query.ids is None or task.id in query.ids)
            and task.id.lower().startswith((query.id_begins or "").lower())
            and query.readiness in {None, rows[task.id].readiness}
        ]
        found.sort(key=_order(query), reverse=query.descending)
        part = found[query.offset : query.offset + query.limit]
        return TasksPage(tuple(rows[task.id] for task in part), len(found), query.offset)

    def reach(self, task_id: str, limit: int, *, back: bool) -> Reach:
        """What it waits for; with ``back`` what waits for it. Breadth first."""
        ways = defaultdict[str, list[str]](list)
        for link in self.links:
            start, end = (link.target_id, link.task_id) if back else (link.task_id, link.target_id)
            ways[start].append(end)
        seen, found, queue = {task_id}, list[Reached](), deque([(task_id, 0)])
        while queue:
            here, distance = queue.popleft()
            for end in ways[here]:
                if end in self.tasks and end not in seen:
                    seen.add(end)
                    queue.append((end, distance + 1))
                    there = brief(self.tasks[end])
                    found.append(Reached(there, distance + 1, here, self.unfinished(end)))
        left = sum(each.unfinished for each in found)
        shown = tuple(found[:limit])
        return Reach(brief(self.tasks[task_id]), shown, len(found), left, len(found) > len(shown))

    def way(self, start: str, end: str) -> list[str]:
        """The ids on a shortest way of waiting from ``start`` to ``end``; empty if there is none.

        KeyError for a ``start`` that is not there.
        """
        via = {
            each.task.id: each.via for each in self.reach(start, len(self.tasks), back=False).found
        }
        way = [end] if end == start or end in via else []
        while way and way[-1] != start:
            way.append(via[way[-1]])
        return way[::-1]

    def change(self, task_id: str, now: float, **fields: object) -> Task:
        """The next version of it."""
        before = self.tasks[task_id]
        closed = now if fields.get("status", before.status) in FINISHED else None
        after = replace(
            before,
            **{**fields, "version": before.version + 1, "updated_at": now, "closed_at": closed},  # type: ignore[arg-type] # checked before
        )
        self.tasks[task_id] = after
        return after


def _row(task: Task, waits: int) -> TaskRow:
    readiness = "" if task.status not in {"open", "blocked"} else "blocked"
    if readiness and task.status == "open" and not waits:
        readiness = "ready"
    return TaskRow(brief(task), readiness, waits if readiness == "blocked" else 0)


def _order(query: TasksQuery) -> Callable[[Task], tuple[object, ...]]:
    if query.sort:
        name = f"{query.sort}_at" if query.sort in {"created", "updated"} else query.sort
        return lambda task: (getattr(task, name), task.id)
    if query.ids is not None:
        places = {task_id: n for n, task_id in enumerate(query.ids)}
        return lambda task: (places[task.id],)
    return lambda task: (task.status in FINISHED, task.priority, task.created_at, task.id)
