from __future__ import annotations

import sqlite3
from contextlib import closing
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from engine.clock import SystemClock
from engine.database import schema
from engine.stores.projections import Projections
from engine.tasks import content_hash

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

MODEL = "test-model"
DIMENSION = 8


class TruthFile:
    """The truth as another process would write it: no engine, only its schema."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._changes = 0
        self._run("PRAGMA journal_mode = WAL")
        with closing(sqlite3.connect(self.path)) as connection:
            connection.executescript(schema.script())

    @property
    def path(self) -> Path:
        return self.folder / "vespera.db"

    def _run(self, sql: str, values: Sequence[object] = ()) -> list[tuple[str, ...]]:
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            connection.execute("PRAGMA foreign_keys = ON")
            return connection.execute(sql, values).fetchall()

    def add(self, *ids: str, title: str = "", project: str = "") -> None:
        for task_id in ids:
            text = title or f"Task {task_id}"
            self._run(
                "INSERT INTO tasks (id, title, project, created_at, updated_at, content_hash)"
                " VALUES (?, ?, ?, 1.5, 2.5, ?)",
                (task_id, text, project, content_hash(text, "")),
            )

    def add_many(self, number: int) -> list[str]:
        """That many tasks in one go, each waiting for the one before."""
        ids = [f"m{n:05}" for n in range(number)]
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.executemany(
                "INSERT INTO tasks (id, title, created_at, updated_at, content_hash)"
                " VALUES (?, 'Task', 1.5, 2.5, 'h')",
                [(task_id,) for task_id in ids],
            )
            connection.executemany(
                "INSERT INTO links VALUES (?, ?, 'blocks', 1000.0, 'ann', 1)", pairwise(ids)
            )
        return ids

    def touch_all(self) -> None:
        """A new version of every task and link."""
        self._run("UPDATE tasks SET version = version + 1")
        self._run("UPDATE links SET version = version + 1")

    def rename(self, task_id: str, title: str) -> None:
        self._run(
            "UPDATE tasks SET title = ?, content_hash = ?, version = version + 1 WHERE id = ?",
            (title, content_hash(title, ""), task_id),
        )

    def delete(self, *ids: str) -> None:
        for task_id in ids:
            self._run("DELETE FROM tasks WHERE id = ?", (task_id,))

    def link(self, task_id: str, target_id: str, kind: str = "blocks", by: str = "ann") -> None:
        self._changes += 1
        self._run(
            "INSERT OR REPLACE INTO links VALUES (?, ?, ?, 1000.0, ?, ?)",
            (task_id, target_id, kind, by, self._changes),
        )

    def link_many(self, links: Sequence[tuple[str, str]]) -> None:
        """Those that are not there yet, in one go."""
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.executemany(
                "INSERT OR IGNORE INTO links VALUES (?, ?, 'blocks', 1000.0, 'ann', 2)", links
            )

    def unlink(self, task_id: str, target_id: str) -> None:
        self._run("DELETE FROM links WHERE task_id = ? AND target_id = ?", (task_id, target_id))

    def hashes(self, ids: Sequence[str]) -> list[str]:
        known = dict(self._run("SELECT id, content_hash FROM tasks"))
        return [known[task_id] for task_id in ids]

    def ids(self) -> list[str]:
        return [task_id for (task_id,) in self._run("SELECT id FROM tasks ORDER BY id")]

    def vectors(self, ids: Sequence[str]) -> list[bytes]:
        """A unit vector a task that depends on its id only."""
        made = []
        for task_id in ids:
            rng = np.random.default_rng(list(task_id.encode()))
            vector = rng.normal(size=DIMENSION)
            made.append((vector / np.linalg.norm(vector)).astype("<f4").tobytes())
        return made

    async def embed(self, projections: Projections, ids: Sequence[str]) -> list[str]:
        """Write what an embedder would."""
        return await projections.vectors_upsert(ids, self.hashes(ids), MODEL, self.vectors(ids))


@pytest.fixture
def truth(tmp_path: Path) -> TruthFile:
    return TruthFile(tmp_path)


@pytest.fixture
def project(truth: TruthFile) -> TruthFile:
    """30 tasks, 29 of them waiting for the next, a parent, and a link that dangles."""
    ids = [f"t{n:02}" for n in range(30)]
    truth.add(*ids)
    for here, following in pairwise(ids):
        truth.link(here, following)
    truth.link("t05", "t00", "parent-child")
    truth.link("t05", "t00", "related")
    truth.link("t07", "not-there")
    return truth


@pytest.fixture
async def projections(truth: TruthFile) -> AsyncIterator[Projections]:
    made = Projections(truth.folder, clock=SystemClock(), seconds=60)
    yield made
    await made.stop()
