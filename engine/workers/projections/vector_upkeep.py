"""Keeps Chroma small and right: what it measures, and its index built anew in a fresh folder.

Chroma's HNSW index never shrinks: a vector that is deleted stays in the graph as a tombstone that
every query passes over, and in time some of the living can't be reached any more.
"""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from statistics import median
from typing import TYPE_CHECKING, Any

from engine.errors import StoreUnavailableError
from engine.workers.projections import files, vector_copy, vector_loader, vector_swap
from engine.workers.projections.recall import NEAREST, SAME, BruteForce
from engine.workers.projections.vectors import REMEDY

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from engine.workers.projections.steps import Stepper
    from engine.workers.projections.vectors import Vectors

    Steps = Generator[str, None, dict[str, Any]]

PLACES = 10
"""Parts of the collection that a sample is drawn from."""


class VectorUpkeep:
    """Works on the vectors in steps; see :class:`engine.workers.projections.steps.Stepper`."""

    def __init__(self, vectors: Vectors, stepper: Stepper) -> None:
        self._vectors, self._stepper = vectors, stepper

    def measure(self, sample: int, turn: int) -> Steps:
        """Size, latency and recall of the index.

        ``vectors``, ``bytes``, and of up to ``sample`` stored vectors a collection as queries:
        ``recall`` of the 10 nearest against brute force, and ``query_seconds``, the median. Both
        are missing without vectors. Another ``turn`` draws another sample.
        """
        vectors, found, wanted, seconds = 0, 0, 0, []
        for collection in self._collections():
            total = int(collection.count())
            vectors += total
            if not total:
                continue
            exact = BruteForce([v for p in _sample(collection, total, sample, turn) for v in p])
            for done in vector_copy.each_page(collection, ["embeddings"], exact.compare):
                yield f"comparing vectors by brute force, {done:,} of {total:,}"
            for number, query in enumerate(exact.queries):
                started = time.perf_counter()
                near = _nearest(collection, query, NEAREST)
                seconds.append(time.perf_counter() - started)
                found += exact.right(number, near)
                wanted += exact.there_are
                yield "asking the index"
        told: dict[str, Any] = {"vectors": vectors, "bytes": self._bytes()}
        if seconds:
            told |= {"recall": found / wanted, "query_seconds": median(seconds)}
        return told

    def reach(self, sample: int, turn: int) -> Steps:
        """A cheap sign of a recall that has gone.

        ``asked`` for up to ``sample`` stored vectors of each collection; the index ``reached`` so
        many of them.
        """
        asked, reached = 0, 0
        for collection in self._collections():
            for page in _sample(collection, int(collection.count()), sample, turn):
                for vector in page:
                    near = _nearest(collection, vector, 1)
                    asked, reached = asked + 1, reached + bool(near and near[0] <= SAME)
                yield "asking the index for what it holds"
        return {"asked": asked, "reached": reached}

    def rebuild(self) -> Steps:
        """Copy all vectors into a fresh folder and put that in the place of the old one.

        What others write meanwhile is copied too. Raises StoreUnavailableError, and leaves the old
        folder as it was, when that was replaced meanwhile or the copy differs.
        """
        folder = self._vectors.path
        vector_swap.recover(folder)
        client = self._vectors.open()
        try:
            with told(), vector_copy.VectorCopy(client, folder, self._stepper) as copy:
                yield from copy.fill()
                yield from copy.finish()
                # nobody writes from here on: there is no step in between
                changes, expected = copy.last_changes(), vector_copy.counts(client)
            del client, copy
            self._vectors.close()
            vector_swap.swap(folder)
            self._apply(changes, expected)
            yield "removing the old index"
        finally:
            vector_swap.recover(folder)
        return {}

    def _apply(self, changes: list[dict[str, Any]], expected: dict[str, int]) -> None:
        client = self._vectors.open()
        with told():
            for change in changes:
                vector_loader.store(client, change)
            if vector_copy.counts(client) != expected:
                reason = f"its copy lost vectors; they will be embedded again, or {REMEDY}"
                raise StoreUnavailableError("chroma", reason)

    def _collections(self) -> list[Any]:
        if not os.path.lexists(self._vectors.path):  # nothing was ever embedded: don't load Chroma
            return []
        return list(self._vectors.open().list_collections())

    def _count(self) -> int:
        return sum(int(collection.count()) for collection in self._collections())

    def _bytes(self) -> int:
        return files.size(self._vectors.path) if self._vectors.path.exists() else 0


def _sample(collection: Any, total: int, wanted: int, turn: int) -> Iterator[Any]:
    """Stored vectors from places that are spread evenly, a page a place."""
    places = min(PLACES, total)
    for place in range(places):
        gap = total // places
        start = place * gap + turn % gap
        page = collection.get(limit=-(-wanted // places), offset=start, include=["embeddings"])
        yield page["embeddings"]


def _nearest(collection: Any, vector: Any, limit: int) -> list[float]:
    """Cosine distances of the nearest, best first."""
    with told():
        near = collection.query(query_embeddings=[vector], n_results=limit, include=["distances"])
    return [float(distance) for distance in near["distances"][0]]


@contextmanager
def told() -> Iterator[None]:
    """What Chroma says is wrong becomes ours."""
    from chromadb.errors import ChromaError  # noqa: PLC0415 - takes seconds to load

    try:
        yield
    except ChromaError as error:
        raise StoreUnavailableError("chroma", f"{files.one_line(error)}; {REMEDY}") from error
