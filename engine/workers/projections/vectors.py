"""Chroma: one vector a task and model, with the hash of its text and what queries filter by."""

from __future__ import annotations

import gc
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from engine.model_key import same_model
from engine.workers.projections import editions, files, vector_rows
from engine.workers.projections.vector_rows import PAGE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from engine.workers.projections.editions import Edition

REMEDY = "repair it, or run `vespera-tui rebuild vectors`"


class Vectors:
    """The collections, opened when first used and closed when their files change underneath.

    Whoever changes them from outside calls :meth:`close` afterwards: they are read anew.
    """

    def __init__(self, data_dir: Path) -> None:
        self.path = data_dir / "chroma"
        self._client: Any = None
        self._editions: list[Edition] = []
        self._opened: tuple[int, int] | None = None

    def open(self) -> Any:
        """The client. Raises StoreUnavailableError; a missing folder is made anew."""
        marker = self.path / "chroma.sqlite3"
        if self._client is not None and files.identity(marker) != self._opened:
            self.close()
        files.check_usable("chroma", self.path, folder=True, remedy=REMEDY)
        if self._client is None:
            self._connect()
            self._opened = files.identity(marker)
        return self._client

    def _connect(self) -> None:
        import chromadb  # noqa: PLC0415 - takes seconds; only when vectors are first needed
        from chromadb.config import Settings  # noqa: PLC0415 - as above

        try:
            self._client = chromadb.PersistentClient(
                str(self.path), settings=Settings(anonymized_telemetry=False)
            )
            self._editions = editions.read(self._client)
        except Exception as error:
            self.close()
            raise files.trouble("chroma", self.path, error, REMEDY) from error

    @contextmanager
    def using(self) -> Iterator[list[Edition]]:
        """All editions; what Chroma says is wrong while they are used becomes ours."""
        self.open()
        from chromadb.errors import ChromaError  # noqa: PLC0415 - open has loaded it

        try:
            yield self._editions
        except ChromaError as error:
            self.close()
            raise files.trouble("chroma", self.path, error, REMEDY) from error

    def close(self) -> None:
        """Let go of the files."""
        from chromadb.api.shared_system_client import SharedSystemClient  # noqa: PLC0415 - as above

        if self._client is not None:
            self._client.close()
        self._client = self._opened = None
        self._editions = []
        # a client that failed to start stays in the cache and would be handed out again
        SharedSystemClient.clear_system_cache()
        gc.collect()  # the files are closed only when the last reference goes

    def reset(self) -> None:
        """Throw the folder away and start empty."""
        self.close()
        files.remove("chroma", self.path)
        self.open()

    def set_aside(self) -> str:
        """Keep the damaged folder under another name, and start empty; that name."""
        self.close()
        return files.set_aside("chroma", self.path).name

    def check(self) -> None:
        """Read from every edition. Raises StoreUnavailableError."""
        with self.using() as there:
            for edition in there:
                vector_rows.rows(edition, ["?"])

    def hashes(self, ids: Sequence[str], model: str) -> dict[str, list[str]]:
        """``[hash, model]`` of those that have a vector of that model."""
        with self.using() as there:
            edition = editions.of_model(there, model)
            rows = vector_rows.rows(edition, ids) if edition else {}
        return {task_id: vector_rows.mark(row) for task_id, row in rows.items()}

    def all_rows(self, model: str) -> dict[str, dict[str, Any]]:
        """Metadata of every vector of that model, read a page at a time."""
        with self.using() as there:
            edition = editions.of_model(there, model)
            return vector_rows.all_rows(edition) if edition else {}

    def upsert(
        self,
        ids: Sequence[str],
        hashes: Sequence[str],
        model: str,
        vectors: bytes,
        dimension: int,
        notes: Mapping[str, Mapping[str, Any]],
        settings: str = "",
    ) -> list[str]:
        """Write vectors (float32 rows) and return the ids that, read back, have them.

        ``notes`` are rows of the tasks, by id, that metadata is made of.
        """
        import numpy as np  # noqa: PLC0415 - chromadb has it loaded

        vectors_of = np.frombuffer(vectors, dtype="<f4").reshape(len(ids), dimension)
        metadata = [
            {"hash": digest, "model": model, **vector_rows.noted(notes.get(task_id))}
            for task_id, digest in zip(ids, hashes, strict=True)
        ]
        with self.using():
            edition = self._edition(model, settings)
            for start in range(0, len(ids), PAGE):
                part = slice(start, start + PAGE)
                edition.collection.upsert(
                    ids=list(ids[part]), embeddings=vectors_of[part], metadatas=metadata[part]
                )
            there = vector_rows.rows(edition, ids)
        wanted = zip(ids, hashes, strict=True)
        return [i for i, h in wanted if i in there and vector_rows.mark(there[i]) == [h, model]]

    def _edition(self, model: str, settings: str) -> Edition:
        """The one of ``model``, made if need be."""
        edition = editions.of_model(self._editions, model)
        if edition is None:
            edition = editions.create(self._client, model, settings)
            self._editions.append(edition)
        elif edition.model != model:  # written before its version was known
            edition.change(model=model, complete=edition.complete)
        return edition

    def annotate(self, ids: Sequence[str], notes: Mapping[str, Mapping[str, Any]]) -> list[str]:
        """Bring the metadata of ``ids`` in step with ``notes``; those that, read back, are.

        A task without a vector is in step: there is nothing to note.
        """
        if not os.path.lexists(self.path):  # nothing was ever embedded: don't load Chroma for it
            return list(ids)
        wrong: set[str] = set()
        with self.using() as there:
            for edition in there:
                stale = vector_rows.out_of_step(vector_rows.rows(edition, ids), notes)
                for start in range(0, len(stale), PAGE):
                    part = stale[start : start + PAGE]
                    metadata = [vector_rows.noted(notes[task_id]) for task_id in part]
                    edition.collection.update(ids=part, metadatas=metadata)
                wrong.update(vector_rows.out_of_step(vector_rows.rows(edition, stale), notes))
        return [task_id for task_id in ids if task_id not in wrong]

    def delete(self, ids: Sequence[str]) -> int:
        """Remove vectors; of how many tasks they, read back, are gone."""
        if not os.path.lexists(self.path):  # as above
            return 0
        there: set[str] = set()
        left: set[str] = set()
        with self.using() as all_editions:
            for edition in all_editions:
                own = list(vector_rows.rows(edition, ids))
                for start in range(0, len(own), PAGE):
                    edition.collection.delete(ids=own[start : start + PAGE])
                there.update(own)
                left.update(vector_rows.rows(edition, own))
        return len(there - left)

    def query(
        self, vector: bytes, limit: int, model: str = "", where: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """``found``: ``[id, cosine similarity]`` of the nearest, best first; ``count`` of all.

        ``model`` and ``settings`` are those of the vectors that are searched; where ``vector`` is
        of another model, nothing is compared and ``found`` is None.
        """
        import numpy as np  # noqa: PLC0415 - as above

        with self.using() as there:
            edition = editions.searched(there, model)
            if edition is None:
                return {"model": model, "settings": "", "count": 0, "found": []}
            if model and not same_model(edition.model, model):
                return _told(edition, None)
            numbers = np.frombuffer(vector, dtype="<f4")
            return _told(edition, _nearest(edition, numbers, limit, where))

    def like(self, task_id: str, digest: str, limit: int) -> dict[str, Any]:
        """As :meth:`query`, by the vector of a task; None without one of the text ``digest``."""
        with self.using() as there:
            edition = editions.searched(there)
            if edition is None:
                return {"model": "", "settings": "", "count": 0, "found": None}
            row = edition.collection.get(ids=[task_id], include=["metadatas", "embeddings"])
            if not row["ids"] or vector_rows.mark(row["metadatas"][0] or {})[0] != digest:
                return _told(edition, None)
            return _told(edition, _nearest(edition, row["embeddings"][0], limit))

    def promote(self, model: str) -> list[str]:
        """Search the vectors of ``model`` from now on; drop all others, and say whose."""
        with self.using() as there:
            chosen = editions.of_model(there, model)
            if chosen is None:
                return []
            # from this transaction on it is the one that is searched, whatever happens to the rest
            chosen.change(model=chosen.model, complete=True)
            others = [edition for edition in there if edition is not chosen]
            for edition in others:
                self._client.delete_collection(edition.collection.name)
                there.remove(edition)
        return [edition.model for edition in others]

    def count_of(self, model: str) -> int:
        """How many vectors of that model there are."""
        with self.using() as there:
            edition = editions.of_model(there, model)
            return int(edition.collection.count()) if edition else 0

    def searched(self, model: str = "") -> Edition | None:
        """The edition that is searched while ``model`` is the configured one."""
        with self.using() as there:
            return editions.searched(there, model)

    def count(self) -> int:
        """How many vectors there are, of all models."""
        with self.using() as there:
            return sum(int(edition.collection.count()) for edition in there)


def _told(edition: Edition, found: list[list[Any]] | None) -> dict[str, Any]:
    count = int(edition.collection.count())
    return {"model": edition.model, "settings": edition.settings, "count": count, "found": found}


def _nearest(
    edition: Edition, vector: Any, limit: int, where: Mapping[str, Any] | None = None
) -> list[list[Any]]:
    count = int(edition.collection.count())
    if not count:
        return []
    found = edition.collection.query(
        query_embeddings=[vector],
        n_results=min(limit, count),
        include=["distances"],
        where=vector_rows.where(where or {}),
    )
    pairs = zip(found["ids"][0], found["distances"][0], strict=True)
    return [[task_id, 1.0 - float(distance)] for task_id, distance in pairs]
