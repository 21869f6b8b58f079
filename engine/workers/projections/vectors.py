"""Chroma: one vector a task, with the hash of its text and the name of the model."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from engine.errors import StoreUnavailableError
from engine.workers.projections import files

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

PAGE = 500
REMEDY = "repair it, or run `vespera-tui rebuild vectors`"


class Vectors:
    """The collection, opened when first used and closed when its files change underneath."""

    def __init__(self, data_dir: Path) -> None:
        self.path = data_dir / "chroma"
        self._client: Any = None
        self._collection: Any = None
        self._opened: tuple[int, int] | None = None

    def open(self) -> Any:
        """The collection. Raises StoreUnavailableError; a missing folder is made anew."""
        marker = self.path / "chroma.sqlite3"
        if self._client is not None and files.identity(marker) != self._opened:
            self.close()
        files.check_usable("chroma", self.path, folder=True, remedy=REMEDY)
        if self._client is None:
            self._connect()
            self._opened = files.identity(marker)
        return self._collection

    def _connect(self) -> None:
        import chromadb  # noqa: PLC0415 - takes seconds; only when vectors are first needed
        from chromadb.config import Settings  # noqa: PLC0415 - as above

        try:
            self._client = chromadb.PersistentClient(
                str(self.path), settings=Settings(anonymized_telemetry=False)
            )
            self._collection = self._client.get_or_create_collection(
                "tasks", embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
            )
        except Exception as error:
            self.close()
            raise StoreUnavailableError("chroma", f"{self.path}: {error}; {REMEDY}") from error

    def close(self) -> None:
        """Let go of the files."""
        if self._client is not None:
            self._client.close()
            self._client.clear_system_cache()
        self._client = self._collection = self._opened = None

    def reset(self) -> None:
        """Throw the folder away and start empty."""
        self.close()
        files.remove(self.path)
        self.open()

    def hashes(self, ids: Sequence[str]) -> dict[str, list[str]]:
        """``[hash, model]`` of those that have a vector."""
        found: dict[str, list[str]] = {}
        for start in range(0, len(ids), PAGE):
            page = self._get(ids=list(ids[start : start + PAGE]))
            found |= dict(_marks(page))
        return found

    def all_hashes(self) -> dict[str, list[str]]:
        """``[hash, model]`` of every vector, read a page at a time."""
        found: dict[str, list[str]] = {}
        while page := dict(_marks(self._get(limit=PAGE, offset=len(found)))):
            found |= page
        return found

    def _get(self, **which: Any) -> dict[str, Any]:
        collection = self.open()
        try:
            page: dict[str, Any] = collection.get(include=["metadatas"], **which)
        except Exception as error:
            self.close()
            raise StoreUnavailableError("chroma", f"{error}; {REMEDY}") from error
        return page

    def upsert(
        self, ids: Sequence[str], hashes: Sequence[str], model: str, vectors: bytes, dimension: int
    ) -> list[str]:
        """Write vectors (float32 rows) and return the ids that, read back, have them."""
        import numpy as np  # noqa: PLC0415 - chromadb has it loaded

        rows = np.frombuffer(vectors, dtype="<f4").reshape(len(ids), dimension)
        collection = self.open()
        for start in range(0, len(ids), PAGE):
            part = slice(start, start + PAGE)
            collection.upsert(
                ids=list(ids[part]),
                embeddings=rows[part],
                metadatas=[{"hash": digest, "model": model} for digest in hashes[part]],
            )
        there = self.hashes(ids)
        return [i for i, h in zip(ids, hashes, strict=True) if there.get(i) == [h, model]]

    def delete(self, ids: Sequence[str]) -> int:
        """Remove vectors; how many there were."""
        there = list(self.hashes(ids))
        if there:
            self.open().delete(ids=there)
        return len(there)

    def query(self, vector: bytes, limit: int) -> list[list[Any]]:
        """``[id, cosine similarity]`` of the nearest, best first."""
        import numpy as np  # noqa: PLC0415 - as above

        collection = self.open()
        count = collection.count()
        if count == 0:
            return []
        found = collection.query(
            query_embeddings=[np.frombuffer(vector, dtype="<f4")],
            n_results=min(limit, count),
            include=["distances"],
        )
        pairs = zip(found["ids"][0], found["distances"][0], strict=True)
        return [[task_id, 1.0 - float(distance)] for task_id, distance in pairs]

    def optimize(self) -> dict[str, Any]:
        """Give back the space its own SQLite file no longer uses; sizes in bytes."""
        before, count = files.size(self.path), self.open().count()
        self.close()  # two SQLite libraries in one process must never share an open file
        connection = sqlite3.connect(self.path / "chroma.sqlite3", isolation_level=None)
        try:
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        finally:
            connection.close()
        if self.open().count() != count:
            raise StoreUnavailableError("chroma", f"vectors were lost by a VACUUM; {REMEDY}")
        return {"before": {"bytes": before}, "after": {"bytes": files.size(self.path)}}


def _marks(page: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    for task_id, marks in zip(page["ids"], page["metadatas"], strict=True):
        yield task_id, [marks["hash"], marks["model"]]
