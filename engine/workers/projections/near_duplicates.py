"""Pairs of tasks that say nearly the same, from their vectors."""

from __future__ import annotations

from itertools import combinations, islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from engine.workers.projections.editions import Edition

EXACT_UP_TO = 10_000
"""So many vectors are compared each with each, which takes about a second; beyond, each with its
neighbours in the index."""
BLOCK = 1024
NEIGHBOURS = 20
PAGE = 500

Pair = tuple[str, str, float]
Pairs = set[frozenset[str]]


def near_duplicates(
    edition: Edition, ids: Sequence[str], known: Pairs, threshold: float, limit: int
) -> dict[str, Any]:
    """``pairs`` of ``ids`` with a cosine similarity from ``threshold`` on, the nearest first.

    Tasks of the very same text make one pair, and one of them is compared with the rest; how many
    further ones there are is the fourth value of a pair. ``known`` pairs are left out.
    ``compared``: tasks that have a vector. ``exact``: whether each was compared with each.
    """
    there, texts, vectors = _stored(edition, ids)
    groups: dict[str, list[int]] = {}
    for row, text in enumerate(texts):
        groups.setdefault(text, []).append(row)
    alike = {there[rows[0]]: [there[row] for row in rows] for rows in groups.values()}
    first_of = {task_id: first for first, members in alike.items() for task_id in members}
    known_firsts = {frozenset(first_of.get(i, i) for i in pair) for pair in known}
    firsts, rows_of = list(alike), vectors[[rows[0] for rows in groups.values()]]
    exact = len(firsts) <= EXACT_UP_TO
    if exact:
        parts = _each_with_each(firsts, rows_of, threshold, limit + len(known))
    else:
        parts = _by_index(edition, firsts, rows_of, first_of, threshold)
    best: dict[frozenset[str], Pair] = {}
    for pairs in parts:
        best |= {frozenset(pair[:2]): pair for pair in pairs}
        best = {key: pair for key, pair in best.items() if key not in known_firsts}
        best = {frozenset(pair[:2]): pair for pair in _nearest(best.values(), limit)}
    found = _nearest([*_copies(alike.values(), known), *best.values()], limit)
    told = [(*p, _further(p, alike, first_of)) for p in found]
    return {"pairs": told, "compared": len(there), "exact": exact}


def _nearest(pairs: Iterable[Pair], limit: int) -> list[Pair]:
    return sorted(pairs, key=lambda pair: (-pair[2], pair[:2]))[:limit]


def _copies(groups: Iterable[list[str]], known: Pairs) -> Iterator[Pair]:
    """One pair of each text that several have."""
    for members in groups:
        free = (pair for pair in combinations(members, 2) if frozenset(pair) not in known)
        for one, other in islice(free, 1):
            yield one, other, 1.0


def _further(pair: Pair, alike: Mapping[str, list[str]], first_of: Mapping[str, str]) -> int:
    texts = {first_of[task_id] for task_id in pair[:2]}
    return sum(len(alike[first]) for first in texts) - 2


def _stored(edition: Edition, ids: Sequence[str]) -> tuple[list[str], list[str], Any]:
    """The ids that have a vector, the hashes of their texts, and the vectors as unit rows."""
    import numpy as np  # noqa: PLC0415 - chromadb has it loaded

    there: list[str] = []
    texts: list[str] = []
    rows: list[Any] = [np.zeros((0, 0), dtype="f4")]
    for start in range(0, len(ids), PAGE):
        page = edition.collection.get(
            ids=list(ids[start : start + PAGE]), include=["embeddings", "metadatas"]
        )
        if page["ids"]:
            there += page["ids"]
            marks = zip(page["ids"], page["metadatas"], strict=True)
            texts += [str((row or {}).get("hash") or task_id) for task_id, row in marks]
            rows.append(np.asarray(page["embeddings"], dtype="f4"))
    vectors = np.concatenate(rows[1:] or rows)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return there, texts, vectors / np.maximum(lengths, 1e-9)


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
    edition: Edition, ids: list[str], vectors: Any, first_of: Mapping[str, str], threshold: float
) -> Iterator[list[Pair]]:
    """A page of rows at a time, with those of their neighbours that count."""
    for start in range(0, len(ids), PAGE):
        page = edition.collection.query(
            query_embeddings=vectors[start : start + PAGE],
            n_results=NEIGHBOURS,
            include=["distances"],
        )
        rows = zip(ids[start : start + PAGE], page["ids"], page["distances"], strict=True)
        near = [
            (own, first_of[other], 1.0 - float(distance))
            for own, others, distances in rows
            for other, distance in zip(others, distances, strict=True)
            if other in first_of
        ]
        yield [
            (min(own, other), max(own, other), similarity)
            for own, other, similarity in near
            if own != other and similarity >= threshold
        ]
