"""Pairs of tasks that say nearly the same, from their vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from engine.workers.projections.editions import Edition

EXACT_UP_TO = 10_000
"""So many vectors are compared each with each, which takes about a second; beyond, each with its
neighbours in the index."""
BLOCK = 1024
NEIGHBOURS = 20
PAGE = 500

Pair = tuple[str, str, float]


def near_duplicates(
    edition: Edition, ids: Sequence[str], known: set[frozenset[str]], threshold: float, limit: int
) -> dict[str, Any]:
    """``pairs`` of ``ids`` with a cosine similarity from ``threshold`` on, the nearest first.

    ``known`` pairs are left out. ``compared``: tasks that have a vector. ``exact``: whether each
    was compared with each.
    """
    there, vectors = _vectors(edition, ids)
    exact = len(there) <= EXACT_UP_TO
    if exact:
        parts = _each_with_each(there, vectors, threshold, limit + len(known))
    else:
        parts = _by_index(edition, there, vectors, threshold)
    best: dict[frozenset[str], Pair] = {}
    for pairs in parts:
        best |= {frozenset(pair[:2]): pair for pair in pairs}
        best = {key: pair for key, pair in best.items() if key not in known}
        best = {frozenset(pair[:2]): pair for pair in _nearest(best, limit)}
    return {"pairs": _nearest(best, limit), "compared": len(there), "exact": exact}


def _nearest(pairs: dict[frozenset[str], Pair], limit: int) -> list[Pair]:
    return sorted(pairs.values(), key=lambda pair: (-pair[2], pair[:2]))[:limit]


def _vectors(edition: Edition, ids: Sequence[str]) -> tuple[list[str], Any]:
    """The ids that have a vector, and those as rows of length 1."""
    import numpy as np  # noqa: PLC0415 - chromadb has it loaded

    there: list[str] = []
    rows: list[Any] = [np.zeros((0, 0), dtype="f4")]
    for start in range(0, len(ids), PAGE):
        page = edition.collection.get(ids=list(ids[start : start + PAGE]), include=["embeddings"])
        if page["ids"]:
            there += page["ids"]
            rows.append(np.asarray(page["embeddings"], dtype="f4"))
    vectors = np.concatenate(rows[1:] or rows)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return there, vectors / np.maximum(lengths, 1e-9)


def _each_with_each(
    ids: list[str], vectors: Any, threshold: float, most: int
) -> Iterator[list[Pair]]:
    """A block of rows at a time, the nearest ``most`` of each."""
    import numpy as np  # noqa: PLC0415 - as above

    for start in range(0, len(ids), BLOCK):
        similar = vectors[start : start + BLOCK] @ vectors[start:].T
        similar[np.tril_indices(len(similar), m=similar.shape[1])] = -2.0  # each pair once
        found = np.flatnonzero(similar >= threshold)
        if len(found) > most:
            found = found[np.argpartition(similar.flat[found], -most)[-most:]]
        places = zip(*np.unravel_index(found, similar.shape), strict=True)
        yield [(ids[start + a], ids[start + b], float(similar[a, b])) for a, b in places]


def _by_index(
    edition: Edition, ids: list[str], vectors: Any, threshold: float
) -> Iterator[list[Pair]]:
    wanted = set(ids)
    for start in range(0, len(ids), PAGE):
        page = edition.collection.query(
            query_embeddings=vectors[start : start + PAGE],
            n_results=NEIGHBOURS,
            include=["distances"],
        )
        rows = zip(ids[start : start + PAGE], page["ids"], page["distances"], strict=True)
        yield [
            (min(own, other), max(own, other), 1.0 - float(distance))
            for own, others, distances in rows
            for other, distance in zip(others, distances, strict=True)
            if other in wanted and other != own and 1.0 - distance >= threshold
        ]
