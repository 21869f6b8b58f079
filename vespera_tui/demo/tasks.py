"""The tasks of the demonstration: made up, and kept in memory for as long as it runs."""

from __future__ import annotations

import random
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.graph_views import Reach, Reached, TaskBrief
from engine.task_views import TaskRow, TasksPage
from engine.tasks import BLOCKS, FINISHED, Link, Task
from vespera_tui.demo.script import ACTORS, TASKS

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.task_views import TasksQuery

NUMBER, LINKED = 812, 0.55
DAY = 86_400.0
VERBS = (
    "Retry", "Split", "Measure", "Document", "Test", "Cache", "Rename", "Simplify", "Speed up",
    "Guard", "Translate", "Drop", "Redesign",
)  # fmt: skip
THINGS = (
    "uploads that time out", "the import guide", "the parser", "cold start", "the old endpoint",
    "column names in exports", "search among closed tasks", "the colour scale", "the login form",
    "nightly backups", "error messages", "the map tiles", "rate limits", "the release notes",
    "tide tables", "the sensor driver", "unit conversions",
)  # fmt: skip
PROJECTS = ("harbour", "weather", "", "")
LETTERS = "abcdefghjkmnpqrstvwxyz23456789"
STATUSES = ("open",) * 5 + ("in_progress", "blocked", "deferred", "closed", "closed", "closed")


def make(now: float, seed: int) -> tuple[dict[str, Task], list[Link]]:
    """Tasks and links, the same for the same seed; ``now`` in Unix seconds."""
    rng = random.Random(seed)  # noqa: S311 - repeatable tasks, not secrets
    ids = list(TASKS)
    while len(ids) < NUMBER:
        name = "bd-" + "".join(rng.choices(LETTERS, k=4))
        if name not in ids:
            ids.append(name)
    tasks = {task_id: _task(rng, task_id, now) for task_id in ids}
    links = [
        Link(here, ids[rng.randrange(n)], created_at=now - DAY, created_by=rng.choice(ACTORS))
        for n, here in enumerate(ids)
        if n and rng.random() < LINKED
    ]
    return tasks, links


def _task(rng: random.Random, task_id: str, now: float) -> Task:
    status, age = rng.choice(STATUSES), rng.uniform(0.1, 90)
    title = f"{rng.choice(VERBS)} {rng.choice(THINGS)}"
    busy = status == "in_progress"
    return Task(
        task_id,
        title,
        f"{title}.\n\nSeen by {rng.choice(ACTORS)} in the harbour build.",
        status,
        rng.choice((0, 1, 1, 2, 2, 2, 3, 4)),
        rng.choice(PROJECTS),
        rng.choice(ACTORS) if busy or rng.random() < 0.2 else "",  # noqa: PLR2004 - a fifth
        created_at=now - age * DAY,
        updated_at=now - age * DAY / 3,
        closed_at=now - DAY if status in FINISHED else None,
    )


def brief(task: Task) -> TaskBrief:
    """A task as a line of a list shows it."""
    return TaskBrief(
        task.id, task.title, task.status, task.priority, task.project, task.assignee,
        task.created_at,
    )  # fmt: skip


class Board:
    """Tasks and links, and what they say when they are asked."""

    def __init__(self, now: float, seed: int) -> None:
        self.tasks, self.links = make(now, seed)

    def of(self, task_id: str) -> list[Link]:
        """The links out of and into it."""
        return [link for link in self.links if task_id in {link.task_id, link.target_id}]

    def row(self, task: Task) -> TaskRow:
        """With what it waits for."""
        waits = sum(
            link.kind == BLOCKS and link.task_id == task.id and self._unfinished(link.target_id)
            for link in self.links
        )
        readiness = "" if task.status not in {"open", "blocked"} else "blocked"
        if readiness and task.status == "open" and not waits:
            readiness = "ready"
        return TaskRow(brief(task), readiness, waits if readiness == "blocked" else 0)

    def _unfinished(self, task_id: str) -> bool:
        return task_id in self.tasks and self.tasks[task_id].status not in FINISHED

    def page(self, query: TasksQuery) -> TasksPage:
        """A filtered and sorted part."""
        found = [
            task
            for task in self.tasks.values()
            if query.status in {None, task.status}
            and query.project in {None, task.project}
            and query.assignee in {None, task.assignee}
            and (query.tag is None or query.tag in task.tags)
            and (query.ids is None or task.id in query.ids)
            and (query.readiness is None or self.row(task).readiness == query.readiness)
        ]
        found.sort(key=_order(query), reverse=query.descending)
        part = found[query.offset : query.offset + query.limit]
        return TasksPage(tuple(map(self.row, part)), len(found), query.offset)

    def reach(self, task_id: str, limit: int, *, back: bool) -> Reach:
        """What it waits for; with ``back`` what waits for it. Breadth first."""
        seen, found, queue = {task_id}, list[Reached](), deque([(task_id, 0)])
        while queue:
            here, distance = queue.popleft()
            for link in self.links:
                start, end = (
                    (link.target_id, link.task_id) if back else (link.task_id, link.target_id)
                )
                if start == here and end in self.tasks and end not in seen:
                    seen.add(end)
                    queue.append((end, distance + 1))
                    there = brief(self.tasks[end])
                    found.append(Reached(there, distance + 1, here, self._unfinished(end)))
        left = sum(each.unfinished for each in found)
        shown = tuple(found[:limit])
        return Reach(brief(self.tasks[task_id]), shown, len(found), left, len(found) > len(shown))

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


def _order(query: TasksQuery) -> Callable[[Task], tuple[object, ...]]:
    if query.sort:
        name = f"{query.sort}_at" if query.sort in {"created", "updated"} else query.sort
        return lambda task: (getattr(task, name), task.id)
    if query.ids is not None:
        places = {task_id: n for n, task_id in enumerate(query.ids)}
        return lambda task: (places[task.id],)
    return lambda task: (task.status in FINISHED, task.priority, task.created_at, task.id)
