"""Kuzu: a node a task, an edge a link between tasks that exist."""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import StoreUnavailableError
from engine.workers.projections import files
from engine.workers.projections.truth import NODE_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Sequence

REMEDY = "repair it, or run `vespera-tui rebuild graph`"
BUFFER_BYTES = 256 * 1024 * 1024
SCHEMA = (
    (
        "CREATE NODE TABLE IF NOT EXISTS Task(id STRING PRIMARY KEY, title STRING, status STRING,"
        " priority INT64, project STRING, assignee STRING, created_at DOUBLE, updated_at DOUBLE,"
        " version INT64)"
    ),
    (
        "CREATE REL TABLE IF NOT EXISTS Link(FROM Task TO Task, kind STRING, version INT64,"
        " created_at DOUBLE)"
    ),
)
UPSERT_NODES = "UNWIND $rows AS r MERGE (t:Task {id: r.id}) SET " + ", ".join(
    f"t.{name} = r.{name}" for name in NODE_COLUMNS.split(", ")[1:]
)
INSERT_EDGES = (
    "UNWIND $rows AS r MATCH (a:Task {id: r.task_id}), (b:Task {id: r.target_id})"
    " CREATE (a)-[:Link {kind: r.kind, version: r.version, created_at: r.created_at}]->(b)"
)
EDGE_COLUMNS = ("task_id", "target_id", "kind", "version", "created_at")


class Graph:
    """The database, opened when first used and closed when its file changes underneath."""

    def __init__(self, data_dir: Path) -> None:
        self.path = data_dir / "graph.kuzu"
        self._database: Any = None
        self._connection: Any = None
        self._opened: tuple[int, int] | None = None

    def open(self) -> Any:
        """A connection. Raises StoreUnavailableError; a missing file is made anew."""
        if self._database is not None and files.identity(self.path) != self._opened:
            self.close()
        files.check_usable("kuzu", self.path, folder=False, remedy=REMEDY)
        if self._database is None:
            self._connect()
            self._opened = files.identity(self.path)
        return self._connection

    def _connect(self) -> None:
        import kuzu  # noqa: PLC0415 - loaded when the graph is first needed

        try:
            self._database = kuzu.Database(str(self.path), buffer_pool_size=BUFFER_BYTES)
            self._connection = kuzu.Connection(self._database, num_threads=2)
            for statement in SCHEMA:
                self._connection.execute(statement)
        except Exception as error:
            self.close()
            raise StoreUnavailableError("kuzu", f"{self.path}: {error}; {REMEDY}") from error

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            self._connection.close()
        if self._database is not None:
            self._database.close()
        self._connection = self._database = self._opened = None

    def run(self, query: str, **parameters: Any) -> list[list[Any]]:
        """All rows of a query."""
        result = self.open().execute(query, parameters)
        rows: list[list[Any]] = result.get_all()
        result.close()
        return rows

    def reset(self) -> None:
        """Throw the file away and start empty."""
        self.close()
        for path in (self.path, self.path.with_name(f"{self.path.name}.wal")):
            files.remove(path)
        self.open()

    def versions(self, ids: Sequence[str] | None = None) -> dict[str, int]:
        """Version by task, of all or of ``ids``."""
        if ids is None:
            return dict(self.run("MATCH (t:Task) RETURN t.id, t.version"))
        query = "MATCH (t:Task) WHERE t.id IN $ids RETURN t.id, t.version"
        return dict(self.run(query, ids=list(ids)))

    def edges(self, ids: Sequence[str] | None = None) -> dict[tuple[str, str, str], int]:
        """Version by (from, to, kind), of all or of those that touch ``ids``."""
        end = " RETURN a.id, b.id, l.kind, l.version"
        if ids is None:
            rows = self.run(f"MATCH (a:Task)-[l:Link]->(b:Task){end}")
        else:
            rows = [
                row
                for side in ("a", "b")
                for row in self.run(
                    f"MATCH (a:Task)-[l:Link]->(b:Task) WHERE {side}.id IN $ids{end}",
                    ids=list(ids),
                )
            ]
        return {(a, b, kind): version for a, b, kind, version in rows}

    def reconcile(
        self, ids: Sequence[str], nodes: list[dict[str, Any]], edges: list[dict[str, Any]]
    ) -> None:
        """Make the rows of ``ids`` equal ``nodes``, and the edges that touch them ``edges``."""
        there = [node["id"] for node in nodes]
        gone = [task_id for task_id in ids if task_id not in set(there)]
        self.run("BEGIN TRANSACTION")
        try:
            if gone:
                self.run("MATCH (t:Task) WHERE t.id IN $ids DETACH DELETE t", ids=gone)
            if nodes:
                self.run(UPSERT_NODES, rows=nodes)
            if there:
                self._replace_edges(there, edges)
        except BaseException:
            self.run("ROLLBACK")
            raise
        self.run("COMMIT")

    def _replace_edges(self, ids: list[str], edges: list[dict[str, Any]]) -> None:
        wanted = {(e["task_id"], e["target_id"], e["kind"]): e for e in edges}
        found = self.edges(ids)
        wrong = [
            {"a": key[0], "b": key[1], "kind": key[2]}
            for key, version in found.items()
            if key not in wanted or wanted[key]["version"] != version
        ]
        if wrong:
            self.run(
                "UNWIND $rows AS r MATCH (a:Task {id: r.a})-[l:Link]->(b:Task {id: r.b})"
                " WHERE l.kind = r.kind DELETE l",
                rows=wrong,
            )
        removed = {(row["a"], row["b"], row["kind"]) for row in wrong}
        missing = [e for key, e in wanted.items() if key not in found or key in removed]
        if missing:
            self.run(INSERT_EDGES, rows=missing)

    def load(self, nodes: list[dict[str, Any]], edges: list[dict[str, Any]]) -> None:
        """Throw everything away and load all rows by COPY, the fastest way in."""
        self.reset()
        with tempfile.TemporaryDirectory(dir=self.path.parent, prefix="load-") as folder:
            self._copy("Task", NODE_COLUMNS.split(", "), nodes, Path(folder) / "nodes.csv")
            self._copy("Link", EDGE_COLUMNS, edges, Path(folder) / "edges.csv")
        self.run("CHECKPOINT")

    def _copy(
        self, table: str, columns: Sequence[str], rows: list[dict[str, Any]], file: Path
    ) -> None:
        if not rows:
            return
        with file.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream, quoting=csv.QUOTE_ALL, doublequote=True)
            writer.writerows([row[column] for column in columns] for row in rows)
        # PARALLEL=false because a text may have line breaks
        self.run(f"COPY {table} FROM '{file}' (PARALLEL=false, ESCAPE='\"', QUOTE='\"')")

    def optimize(self) -> dict[str, Any]:
        """Write the log into the file; sizes in bytes."""
        before = self._bytes()
        self.run("CHECKPOINT")
        return {"before": {"bytes": before}, "after": {"bytes": self._bytes()}}

    def _bytes(self) -> int:
        wal = self.path.with_name(f"{self.path.name}.wal")
        return sum(files.size(path) for path in (self.path, wal) if path.exists())
