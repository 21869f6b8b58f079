"""The tasks that the demonstration begins with: made up, the same for the same seed."""

from __future__ import annotations

import random
from itertools import product
from typing import TYPE_CHECKING

from engine.tasks import FINISHED, Link, Task
from vespera_tui.demo.cycles import PLANTED, ring_links
from vespera_tui.demo.script import PEOPLE, TASKS

if TYPE_CHECKING:
    from collections.abc import Iterator

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
PLACES = ("", " on phones", " for guests", " over slow links", " in the archive")
PROJECTS = ("harbour", "weather", "", "")
LETTERS = "abcdefghjkmnpqrstvwxyz23456789"
STATUSES = ("open",) * 5 + ("in_progress", "blocked", "deferred", "closed", "closed", "closed")


def make(now: float, seed: int) -> tuple[dict[str, Task], list[Link]]:
    """Tasks and links; ``now`` in Unix seconds. The only cycles are :data:`PLANTED`."""
    rng = random.Random(seed)  # noqa: S311 - repeatable tasks, not secrets
    ids = list(TASKS)
    while len(ids) < NUMBER:
        name = "bd-" + "".join(rng.choices(LETTERS, k=4))
        if name not in ids:
            ids.append(name)
    titles = [f"{verb} {thing}{place}" for place, verb, thing in product(PLACES, VERBS, THINGS)]
    planted = {task_id: title for each in PLANTED for task_id, title in each.titles}
    tasks = {}
    for task_id, title in zip(ids, rng.sample(titles, NUMBER), strict=True):
        known = planted.get(task_id)
        tasks[task_id] = _task(rng, task_id, known or title, "open" if known else "", now)
    return tasks, [*ring_links(now), *_links(rng, ids, now)]


def _links(rng: random.Random, ids: list[str], now: float) -> Iterator[Link]:
    """A task waits at most for one that stands before it."""
    for n, here in enumerate(ids):
        if n >= len(TASKS) and rng.random() < LINKED:
            target, actor = ids[rng.randrange(n)], rng.choice(PEOPLE)
            yield Link(here, target, created_at=now - DAY, created_by=actor)


def _task(rng: random.Random, task_id: str, title: str, status: str, now: float) -> Task:
    status, age = status or rng.choice(STATUSES), rng.uniform(0.1, 90)
    busy = status == "in_progress"
    return Task(
        task_id,
        title,
        f"{title}.\n\nSeen by {rng.choice(PEOPLE)} in the harbour build.",
        status,
        rng.choice((0, 1, 1, 2, 2, 2, 3, 4)),
        rng.choice(PROJECTS),
        rng.choice(PEOPLE) if busy or rng.random() < 0.2 else "",  # noqa: PLR2004 - a fifth
        created_at=now - age * DAY,
        updated_at=now - age * DAY / 3,
        closed_at=now - DAY if status in FINISHED else None,
    )
