"""Chroma: one vector a task, with the hash of its text and the name of the model."""

from __future__ import annotations

import gc
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from engine.errors import StoreUnavailableError
from engine.workers.projections import files, separately

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
            reason = f"{self.path}: {files.one_line(error)}; {REMEDY}"
            raise StoreUnavailableError("chroma", reason) from error

    @contextmanager
    def _using(self) -> Iterator[Any]:
        """The collection; what Chroma says is wrong while it is used becomes ours."""
        collection = self.open()
        from chromadb.errors import ChromaError  # noqa: PLC0415 - open has loaded it

        try:
            yield collection
        except ChromaError as error:
            self.close()
            reason = f"{self.path}: {files.one_line(error)}; {REMEDY}"
            raise StoreUnavailableError("chroma", reason) from error

    def close(self) -> None:
        """Let go of the files."""
        from chromadb.api.shared_system_client import SharedSystemClient  # noqa: PLC0415 - as above

        if self._client is not None:
            self._client.close()
        self._client = self._collection = self._opened = None
        # a client that failed to start stays in the cache and would be handed out again
        SharedSystemClient.clear_system_cache()
        gc.collect()  # the files are closed only when the last reference goes

    def reset(self) -> None:
        """Throw the folder away and start empty."""
        self.close()
        files.remove("chroma", self.path)
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
        with self._using() as collection:
            page: dict[str, Any] = collection.get(include=["metadatas"], **which)
        return page

    def upsert(
        self, ids: Sequence[str], hashes: Sequence[str], model: str, vectors: bytes, dimension: int
    ) -> list[str]:
        """Write vectors (float32 rows) and return the ids that, read back, have them."""
        import numpy as np  # noqa: PLC0415 - chromadb has it loaded

        rows = np.frombuffer(vectors, dtype="<f4").reshape(len(ids), dimension)
        with self._using() as collection:
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
        """Remove vectors; how many that, read back, are gone."""
        if not os.path.lexists(self.path):  # nothing was ever embedded: don't load Chroma for it
            return 0
        there = list(self.hashes(ids))
        for start in range(0, len(there), PAGE):
            with self._using() as collection:
                collection.delete(ids=there[start : start + PAGE])
        return len(there) - len(self.hashes(there))

    def query(self, vector: bytes, limit: int) -> list[list[Any]]:
        """``[id, cosine similarity]`` of the nearest, best first."""
        import numpy as np  # noqa: PLC0415 - as above

        with self._using() as collection:
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

    def count(self) -> int:
        """How many vectors there are."""
        with self._using() as collection:
            return int(collection.count())

    def optimize(self) -> dict[str, Any]:
        """Give back the space its own SQLite file no longer uses; sizes in bytes.

        Chroma drops what it has applied from its own log by itself, so that only free pages are
        left to gain. Raises StoreUnavailableError, also when vectors are missing afterwards.
        """
        count, before = self.count(), files.size(self.path)
        self.close()
        separately.vacuum(self.path / "chroma.sqlite3", REMEDY)
        if self.count() != count:
            raise StoreUnavailableError("chroma", f"vectors were lost by a VACUUM; {REMEDY}")
        after = files.size(self.path)
        return files.told({"bytes": before, "vectors": count}, {"bytes": after, "vectors": count})


def _marks(page: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    for task_id, marks in zip(page["ids"], page["metadatas"], strict=True):
        known = marks or {}  # a foreign record has none: stale, so that it is written anew
        yield task_id, [str(known.get("hash", "")), str(known.get("model", ""))]
