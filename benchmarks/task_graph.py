"""A graph of tasks as large as wished, in the truth, and changes to it; the same every time."""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

from engine.database import schema

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.measure import Sizes

FILE = "vespera.db"
REACH = 2_000
"""How far a link reaches on average, in tasks by age."""
STATUSES = ("open",) * 6 + ("in_progress", "blocked", "deferred", "closed")
KINDS = ("blocks",) * 8 + ("parent-child", "related")
TASK = (
    "INSERT INTO tasks (id, title, description, status, priority, project, created_at, updated_at,"
    " content_hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'h')"
)
LOG = "INSERT INTO changes (task_id, what, at) VALUES (?, ?, 1)"


class Changed(NamedTuple):
    """What changed, as rows of the graph."""

    nodes: list[str]
    edges: list[tuple[str, str]]


def build(folder: Path, sizes: Sizes) -> Path:
    """A file with the tasks and links, without cycles, the older ones mostly finished."""
    path, chance = folder / "template.db", random.Random(1)  # noqa: S311 - repeatable, no secret
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(
            f"PRAGMA journal_mode = WAL;{schema.script()}PRAGMA user_version = {schema.VERSION};"
        )
        connection.execute("BEGIN")
        for n in range(sizes.graph_tasks):
            old = n < sizes.graph_tasks * 0.4
            row = (
                name(n),
                f"Task {n}",
                "words " * 20,
                "closed" if old else chance.choice(STATUSES),
            )
            connection.execute(TASK, (*row, chance.randrange(5), f"p{n % 20}", n, n))
            connection.execute(LOG, (name(n), "created"))
        for source, target, kind in _links(sizes, chance):
            _link(connection, source, target, kind)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


def name(number: int) -> str:
    return f"t-{number:06d}"


def _links(sizes: Sizes, chance: random.Random) -> Iterator[tuple[str, str, str]]:
    seen: set[tuple[int, int, str]] = set()
    while len(seen) < sizes.graph_links:
        later = chance.randrange(1, sizes.graph_tasks)
        earlier = max(0, later - 1 - int(chance.expovariate(1 / REACH)))
        kind = chance.choice(KINDS)
        if (later, earlier, kind) in seen:
            continue
        seen.add((later, earlier, kind))
        ends = name(later), name(earlier)  # a parent waits for its child, so the child is older
        source, target = ends[::-1] if kind == "parent-child" else ends
        yield source, target, kind


def _link(connection: sqlite3.Connection, source: str, target: str, kind: str) -> None:
    position = connection.execute(LOG, (source, "linked")).lastrowid
    row = (source, target, kind, position)
    connection.execute("INSERT OR IGNORE INTO links VALUES (?, ?, ?, 1, '', ?)", row)


def copy(template: Path, folder: Path) -> None:
    """The file, as that of a data directory."""
    shutil.copy(template, folder / FILE)


def change(folder: Path, sizes: Sizes) -> Changed:
    """Change tasks, and give each two links of a new kind, as the engine does."""
    chance = random.Random(2)  # noqa: S311 - as above
    nodes = [name(n) for n in chance.sample(range(sizes.graph_tasks), sizes.changed)]
    edges = [(task, name(n)) for task in nodes for n in chance.sample(range(sizes.graph_tasks), 2)]
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        for task in nodes:
            sql = "UPDATE tasks SET status = 'blocked', version = version + 1 WHERE id = ?"
            connection.execute(sql, (task,))
            connection.execute(LOG, (task, "updated"))
        for source, target in edges:
            _link(connection, source, target, "new")
        connection.execute("COMMIT")
    return Changed(nodes, edges)
