"""The child's own view of the truth: a read-only connection, one snapshot a question."""

from __future__ import annotations

from array import array
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from engine.database.connection import FILE_NAME, snapshot
from engine.tasks import FINISHED

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence
    from pathlib import Path

CHUNK = 500
NODE_COLUMNS = "id, title, status, priority, project, assignee, created_at, updated_at, version"
NOTE_COLUMNS = "id, version, status, priority, project, assignee, tags, updated_at"
ORDERING = "kind IN ('blocks', 'parent-child')"
AMONG = f"""
    SELECT l.task_id, l.target_id, l.kind, l.created_at, l.created_by,
           source.priority AS source_priority, target.priority AS target_priority
    FROM links AS l JOIN tasks AS source ON source.id = l.task_id
    JOIN tasks AS target ON target.id = l.target_id AND l.{ORDERING}"""
EDGE_COLUMNS = "l.task_id, l.target_id, l.kind, l.version, l.created_at"
CONNECTED = """FROM links AS l JOIN tasks AS t ON t.id = l.target_id"""


class Truth:
    """Reads ``vespera.db``; it can't write."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / FILE_NAME

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """One consistent state of all tables."""
        with snapshot(self._path) as connection:
            yield Snapshot(connection)


class Snapshot:
    """What the projections are made of."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def count(self) -> int:
        """How many tasks there are."""
        return int(self.connection.execute("SELECT count(*) FROM tasks").fetchone()[0])

    def hashes(self) -> dict[str, str]:
        """Content hash by task."""
        return dict(self.connection.execute("SELECT id, content_hash FROM tasks").fetchall())

    def versions(self) -> dict[str, int]:
        """Version by task."""
        return dict(self.connection.execute("SELECT id, version FROM tasks").fetchall())

    def ids(self, *, finished: bool) -> list[str]:
        """All tasks; without the ``finished`` ones if that is False."""
        query = "SELECT id, status FROM tasks ORDER BY id"
        rows = self.connection.execute(query).fetchall()
        return [row["id"] for row in rows if finished or row["status"] not in FINISHED]

    def duplicates(self) -> set[frozenset[str]]:
        """Pairs that a link says are one."""
        query = "SELECT task_id, target_id FROM links WHERE kind LIKE 'duplicate%'"
        return {frozenset(row) for row in self.connection.execute(query)}

    def links(self) -> dict[tuple[str, str, str], int]:
        """Version by ``(source, target, kind)``, of links between tasks that exist."""
        rows = self.connection.execute(f"SELECT l.task_id, target_id, kind, l.version {CONNECTED}")
        return {(source, target, kind): version for source, target, kind, version in rows}

    def nodes(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        """Rows of the graph's node table, of those of ``ids`` that exist."""
        return self._among(f"SELECT {NODE_COLUMNS} FROM tasks", "id", ids)

    def notes(self, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """What is kept beside a task's vector, by id, of those of ``ids`` that exist."""
        rows = self._among(f"SELECT {NOTE_COLUMNS} FROM tasks", "id", ids)
        return {row["id"]: row for row in rows}

    def edges(self, sources: Sequence[str], targets: Sequence[str]) -> list[dict[str, Any]]:
        """Links between tasks that exist, out of ``sources`` or into ``targets``; each once."""
        sql = f"SELECT {EDGE_COLUMNS} {CONNECTED}"
        found = [
            *self._among(sql, "l.task_id", sources),
            *self._among(sql, "l.target_id", targets),
        ]
        return list({(e["task_id"], e["target_id"], e["kind"]): e for e in found}.values())

    def all_nodes(self) -> Iterator[tuple[Any, ...]]:
        """Rows of NODE_COLUMNS, all of them."""
        return self._rows(f"SELECT {NODE_COLUMNS} FROM tasks")

    def all_edges(self) -> Iterator[tuple[Any, ...]]:
        """Rows of EDGE_COLUMNS, all between tasks that exist."""
        # one pass over the links: a join would search the index of tasks for each of them
        there = {task_id for (task_id,) in self._rows("SELECT id FROM tasks")}
        links = self._rows(f"SELECT {EDGE_COLUMNS} FROM links AS l")
        return (link for link in links if link[1] in there)

    def rows(self) -> int:
        """How many tasks and links there are, those to tasks that do not exist among them."""
        return self.tasks() + self._number("SELECT count(*) FROM links")

    def head(self) -> int:
        """The newest position of the change log."""
        return self._number("SELECT max(position) FROM changes")

    def floor(self) -> int:
        """The position up to which the change log was pruned."""
        return self._number("SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'changes_pruned'")

    def changes(self, after: int, rows: int) -> list[tuple[int, str, str]]:
        """``(position, task, what)`` of the first changes after a position, in order."""
        found = self.connection.execute(
            "SELECT position, task_id, what FROM changes WHERE position > ?"
            " ORDER BY position LIMIT ?",
            (after, rows),
        )
        return [(position, task_id, what) for position, task_id, what in found]

    def changed_tasks(self, after: int) -> int:
        """How many tasks have changes after a position."""
        sql = f"SELECT count(DISTINCT task_id) FROM changes WHERE position > {int(after)}"
        return self._number(sql)

    def tasks(self) -> int:
        """How many tasks there are."""
        return self._number("SELECT count(*) FROM tasks")

    def waiting(self) -> tuple[list[str], array[int], array[int]]:
        """Tasks, and who waits for whom among them as positions: the two ends of each link."""
        names = [task_id for (task_id,) in self._rows("SELECT id FROM tasks")]
        number = {name: n for n, name in enumerate(names)}
        starts, ends = array("i"), array("i")
        links = self._rows(
            f"SELECT task_id, target_id, kind = 'blocks' FROM links WHERE {ORDERING}"
        )
        for source, target, blocks in links:
            there = number.get(target)
            if there is not None:
                here = number[source]
                starts.append(here if blocks else there)
                ends.append(there if blocks else here)
        return names, starts, ends

    def _rows(self, sql: str) -> Iterator[tuple[Any, ...]]:
        cursor = self.connection.cursor()
        cursor.row_factory = None  # plain tuples: a third of the time, and there may be millions
        yield from cursor.execute(sql)

    def links_among(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        """Links that order tasks, with both ends in ``ids``; who made them and when."""
        inside = set(ids)
        found = self._among(AMONG, "l.task_id", list(dict.fromkeys(ids)))
        return [link for link in found if link["target_id"] in inside]

    def _number(self, sql: str) -> int:
        row = self.connection.execute(sql).fetchone()
        return int(row[0] or 0) if row else 0

    def _among(self, sql: str, column: str, ids: Sequence[str]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for start in range(0, len(ids), CHUNK):
            chunk = ids[start : start + CHUNK]
            marks = ", ".join("?" * len(chunk))
            rows = self.connection.execute(f"{sql} WHERE {column} IN ({marks})", chunk)
            found += [dict(row) for row in rows]
        return found
