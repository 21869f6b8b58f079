"""Kuzu: a node a task, an edge a link between tasks that exist."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from engine.errors import StoreUnavailableError
from engine.workers.projections import files, separately
from engine.workers.projections.truth import NODE_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
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
    "CREATE NODE TABLE IF NOT EXISTS Progress(log STRING PRIMARY KEY, position INT64)",
)
NODE_NAMES = NODE_COLUMNS.split(", ")
EDGE_COLUMNS = ("task_id", "target_id", "kind", "version", "created_at")
CHECKS = (
    f"MATCH (t:Task) RETURN {', '.join(f't.{name}' for name in NODE_NAMES)} LIMIT 1",
    "MATCH ()-[l:Link]->() RETURN l.kind, l.version, l.created_at LIMIT 1",
    "MATCH (p:Progress) RETURN p.log, p.position LIMIT 1",
)
"""Fail on a file whose tables are not those above."""
# A key taken out of the row by WITH is joined over one scan of the table; compared as a field of
# the row it would be looked for by a cross product, a hundred times as slow.
UPSERT_NODES = (
    f"UNWIND $rows AS r WITH {', '.join(f'r.{name} AS {name}' for name in NODE_NAMES)}"
    " MERGE (t:Task {id: id}) SET " + ", ".join(f"t.{name} = {name}" for name in NODE_NAMES[1:])
)
EDGE_KEY = "UNWIND $rows AS r WITH r.task_id AS source, r.target_id AS target, r.kind AS kind"
INSERT_EDGES = (
    f"{EDGE_KEY}, r.version AS version, r.created_at AS created_at"
    " MATCH (a:Task) WHERE a.id = source WITH a, target, kind, version, created_at"
    " MATCH (b:Task) WHERE b.id = target"
    " CREATE (a)-[:Link {kind: kind, version: version, created_at: created_at}]->(b)"
)
DELETE_EDGES = (
    f"{EDGE_KEY} MATCH (a:Task)-[l:Link]->(b:Task)"
    " WHERE a.id = source AND b.id = target AND l.kind = kind DELETE l"
)
VERSIONS = "UNWIND $ids AS i MATCH (t:Task) WHERE t.id = i RETURN t.id, t.version"
EDGES = "MATCH (a:Task)-[l:Link]->(b:Task){} RETURN a.id, b.id, l.kind, l.version, offset(id(l))"


EDGE_SUMS = (
    "UNWIND $ids AS i MATCH (a:Task)-[l:Link]->(b:Task) WHERE {}.id = i"
    " RETURN i, count(*), sum(l.version)"
)


Sums = tuple[int, int]
"""Number of edges, sum of their versions."""
Edge = tuple[str, str, str]
"""Source, target, kind."""
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
            for statement in (*SCHEMA, *CHECKS):
                self._connection.execute(statement).close()
        except RuntimeError as error:
            self.close()
            raise files.trouble("kuzu", self.path, error, REMEDY) from error

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
            raise files.trouble("kuzu", self.path, error, REMEDY) from error
        return rows

    def reset(self) -> None:
        """Throw the file away, however damaged, and start empty."""
        self.close()
        self._remove_sides()
        files.remove("kuzu", self.path)
        self.open()

    def set_aside(self) -> str:
        """Keep the damaged file under another name, and start empty; that name."""
        self.close()
        kept = files.set_aside("kuzu", self.path)
        self._remove_sides()
        return kept.name

    def _sides(self) -> list[Path]:
        return [self.path.with_name(f"{self.path.name}.{end}") for end in ("wal", "shadow")]

    def _remove_sides(self) -> None:
        for path in self._sides():
            files.remove("kuzu", path)

    def versions(self, ids: Sequence[str] | None = None) -> dict[str, int]:
        """Version by task, of all or of ``ids``."""
        if ids is None:
            return dict(self.run("MATCH (t:Task) RETURN t.id, t.version"))
        return dict(self.run(VERSIONS, ids=list(ids))) if ids else {}

    def edges(
        self, sources: Sequence[str] | None = None, targets: Sequence[str] | None = None
    ) -> dict[Edge, int]:
        """Version (or DOUBLED) by edge: of all, or out of ``sources`` and into ``targets``."""
        if sources is None and targets is None:
            rows = self.run(EDGES.format(""))
        else:
            rows = []
            for end, ids in (("a", sources), ("b", targets)):
                if ids:
                    query = EDGES.format(f" WHERE {end}.id = i")
                    rows += self.run(f"UNWIND $ids AS i {query}", ids=list(ids))
        found: dict[Edge, int] = {}
        for a, b, kind, version, _ in {row[4]: row for row in rows}.values():
            found[a, b, kind] = DOUBLED if (a, b, kind) in found else version
        return found

    def edge_sums(
        self, sources: Sequence[str], targets: Sequence[str]
    ) -> tuple[dict[str, Sums], dict[str, Sums]]:
        """How many edges there are, and the sum of their versions, by source and by target."""
        found: list[dict[str, Sums]] = []
        for end, ids in (("a", sources), ("b", targets)):
            rows = self.run(EDGE_SUMS.format(end), ids=list(ids)) if ids else []
            found.append({task_id: (int(count), int(total)) for task_id, count, total in rows})
        return found[0], found[1]

    def position(self) -> int:
        """Up to where in the change log the graph is in step; 0 for nowhere."""
        rows = self.run("MATCH (p:Progress) RETURN p.position")
        return int(rows[0][0]) if rows else 0

    def set_position(self, position: int) -> None:
        """Note it."""
        query = "MERGE (p:Progress {log: 'changes'}) SET p.position = $position"
        self.run(query, position=position)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the block, or nothing."""
        self.run("BEGIN TRANSACTION")
        try:
            yield
        except BaseException:
            # most errors have ended it already; the one to be told is the first
            with suppress(RuntimeError, StoreUnavailableError):
                self.run("ROLLBACK")
            raise
        self.run("COMMIT")

    def delete(self, ids: Sequence[str]) -> None:
        """Remove tasks with their edges."""
        if ids:
            query = "UNWIND $ids AS i MATCH (t:Task) WHERE t.id = i DETACH DELETE t"
            self.run(query, ids=list(ids))

    def upsert(self, nodes: Sequence[Mapping[str, Any]]) -> None:
        """Write nodes, known or new."""
        if nodes:
            self.run(UPSERT_NODES, rows=list(nodes))

    def delete_edges(
        self, found: Mapping[Edge, int], wanted: Sequence[Mapping[str, Any]]
    ) -> set[Edge]:
        """Remove those of ``found`` that are not as ``wanted``; returns those that are."""
        versions = {edge_key(edge): edge["version"] for edge in wanted}
        right = {key for key, version in found.items() if versions.get(key) == version}
        wrong = [dict(zip(EDGE_COLUMNS, key, strict=False)) for key in found.keys() - right]
        if wrong:
            self.run(DELETE_EDGES, rows=wrong)
        return right

    def insert_edges(self, edges: Sequence[Mapping[str, Any]]) -> None:
        """Write edges that are not there; their ends are."""
        if edges:
            self.run(INSERT_EDGES, rows=list(edges))

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


def edge_key(edge: Mapping[str, Any]) -> Edge:
    """What names an edge."""
    return edge["task_id"], edge["target_id"], edge["kind"]
