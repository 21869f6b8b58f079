"""Kuzu: a node a task, an edge a link between tasks that exist."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from engine.errors import StoreUnavailableError
from engine.workers.projections import bulk, files, separately
from engine.workers.projections.truth import NODE_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

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
DELETE_EDGES = (
    "UNWIND $rows AS r MATCH (a:Task {id: r.a})-[l:Link]->(b:Task {id: r.b})"
    " WHERE l.kind = r.kind DELETE l"
)
EDGE_COLUMNS = ("task_id", "target_id", "kind", "version", "created_at")


DOUBLED = -1
"""Stands for the version of an edge that is there more than once; no link has it."""
BROKEN = (
    "IO exception",
    "Storage exception",
    "Buffer manager exception",
    "Runtime exception: Read",
)
"""How Kuzu's messages begin when the file, not the query, is at fault; all are RuntimeError."""


class Graph:
    """The database, opened when first used and closed when its file changes underneath."""

    def __init__(self, data_dir: Path, name: str = "graph.kuzu") -> None:
        self.path = data_dir / name
        self._database: Any = None
        self._connection: Any = None
        self._opened: tuple[int, int] | None = None

    def open(self) -> Any:
        """A connection. Raises StoreUnavailableError; a missing file is made anew."""
        if self._database is not None and files.identity(self.path) != self._opened:
            self.close()
        files.check_usable("kuzu", self.path, folder=False, remedy=REMEDY)
        if self._database is None:
            if self.path.exists():
                separately.examine_graph(self.path, REMEDY)
            else:
                self._remove_sides()  # the log of a file that is gone must not be replayed
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
        except RuntimeError as error:
            self.close()
            reason = f"{self.path}: {files.one_line(error)}; {REMEDY}"
            raise StoreUnavailableError("kuzu", reason) from error

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            self._connection.close()
        if self._database is not None:
            self._database.close()
        self._connection = self._database = self._opened = None

    def run(self, query: str, **parameters: Any) -> list[list[Any]]:
        """All rows of a query. Raises StoreUnavailableError when the file is at fault."""
        connection = self.open()
        try:
            result = connection.execute(query, parameters)
            rows: list[list[Any]] = result.get_all()
            result.close()
        except RuntimeError as error:
            if not str(error).startswith(BROKEN):
                raise
            self.close()
            reason = f"{self.path}: {files.one_line(error)}; {REMEDY}"
            raise StoreUnavailableError("kuzu", reason) from error
        return rows

    def reset(self) -> None:
        """Throw the file away, however damaged, and start empty."""
        self.close()
        self._remove_sides()
        files.remove("kuzu", self.path)
        self.open()

    def _sides(self) -> list[Path]:
        return [self.path.with_name(f"{self.path.name}.{end}") for end in ("wal", "shadow")]

    def _remove_sides(self) -> None:
        for path in self._sides():
            files.remove("kuzu", path)

    def versions(self, ids: Sequence[str] | None = None) -> dict[str, int]:
        """Version by task, of all or of ``ids``."""
        if ids is None:
            return dict(self.run("MATCH (t:Task) RETURN t.id, t.version"))
        query = "MATCH (t:Task) WHERE t.id IN $ids RETURN t.id, t.version"
        return dict(self.run(query, ids=list(ids)))

    def edges(self, ids: Sequence[str] | None = None) -> dict[tuple[str, str, str], int]:
        """Version (or DOUBLED) by (from, to, kind), of all or of those that touch ``ids``."""
        start = "MATCH (a:Task)-[l:Link]->(b:Task)"
        end = " RETURN a.id, b.id, l.kind, l.version, offset(id(l))"
        if ids is None:
            rows = self.run(start + end)
        else:
            rows = []
            for side in ("a", "b"):
                rows += self.run(f"{start} WHERE {side}.id IN $ids{end}", ids=list(ids))
        found: dict[tuple[str, str, str], int] = {}
        for a, b, kind, version, _ in {row[4]: row for row in rows}.values():
            found[a, b, kind] = DOUBLED if (a, b, kind) in found else version
        return found

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self.run("BEGIN TRANSACTION")
        try:
            yield
        except BaseException:
            # most errors have ended it already; the one to be told is the first
            with suppress(RuntimeError, StoreUnavailableError):
                self.run("ROLLBACK")
            raise
        self.run("COMMIT")

    def reconcile(
        self, ids: Sequence[str], nodes: list[dict[str, Any]], edges: list[dict[str, Any]]
    ) -> None:
        """Make the rows of ``ids`` equal ``nodes``, and the edges that touch them ``edges``.

        ``nodes`` may have further tasks, the ends of ``edges``; only their own rows are written.
        """
        known = {node["id"] for node in nodes}
        there = [task_id for task_id in ids if task_id in known]
        gone = [task_id for task_id in ids if task_id not in known]
        with self._transaction():
            if gone:
                self.run("MATCH (t:Task) WHERE t.id IN $ids DETACH DELETE t", ids=gone)
            if nodes:
                self.run(UPSERT_NODES, rows=nodes)
            if there:
                self._replace_edges(there, edges)

    def _replace_edges(self, ids: list[str], edges: list[dict[str, Any]]) -> None:
        wanted = {(e["task_id"], e["target_id"], e["kind"]): e for e in edges}
        found = self.edges(ids)
        right = {
            k for k, version in found.items() if k in wanted and wanted[k]["version"] == version
        }
        wrong = [{"a": a, "b": b, "kind": kind} for a, b, kind in found.keys() - right]
        missing = [edge for key, edge in wanted.items() if key not in right]
        if wrong:
            self.run(DELETE_EDGES, rows=wrong)
        if missing:
            self.run(INSERT_EDGES, rows=missing)

    def load(self, nodes: list[dict[str, Any]], edges: list[dict[str, Any]]) -> None:
        """Load all rows into a new file, then put that in the place of the old one."""
        fresh = Graph(self.path.parent, f"{self.path.name}.new")
        fresh.reset()
        try:
            bulk.copy(fresh.run, "Task", NODE_COLUMNS.split(", "), nodes)
            bulk.copy(fresh.run, "Link", EDGE_COLUMNS, edges)
            fresh.run("CHECKPOINT")
        finally:
            fresh.close()
        self.take(fresh.path)

    def take(self, fresh: Path) -> None:
        """Put ``fresh``, whole and closed, in the place of the file, in one step.

        Closing writes the log into the file, so that the old one is whole without it.
        """
        self.close()
        self._remove_sides()
        if self.path.is_dir():  # in the way, and of no use to anyone
            files.remove("kuzu", self.path)
        fresh.replace(self.path)
        files.sync(self.path.parent)

    def trust(self) -> None:
        """Open the file without examining it: this program has just written all of it."""
        self._connect()
        self._opened = files.identity(self.path)

    def bytes(self) -> int:
        """Size of the file and its log."""
        return sum(files.size(path) for path in (self.path, *self._sides()) if path.exists())
