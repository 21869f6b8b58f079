"""How much of the truth an approximate index of vectors finds.

Recall of the k nearest as in Malkov and Yashunin, "Efficient and robust approximate nearest
neighbor search using Hierarchical Navigable Small World graphs" (2016), section 5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NEAREST = 10
SAME = 1e-4
"""Cosine distance up to which two vectors count as equally near."""


class BruteForce:
    """The exact nearest of some vectors, found while all are passed by, a page at a time."""

    def __init__(self, queries: Sequence[Sequence[float]]) -> None:
        self.queries = _normal(queries)
        self._best = np.full((len(self.queries), NEAREST), -np.inf, dtype=np.float32)
        self._seen = 0

    @property
    def there_are(self) -> int:
        """How many a query must find."""
        return min(NEAREST, self._seen)

    def compare(self, page: Mapping[str, Sequence[Sequence[float]]]) -> None:
        """Pass by the ``embeddings`` of a page."""
        similar = self.queries @ _normal(page["embeddings"]).T
        both = np.concatenate([self._best, similar], axis=1)
        self._best = np.partition(both, -NEAREST, axis=1)[:, -NEAREST:]
        self._seen += len(page["embeddings"])

    def right(self, number: int, distances: Sequence[float]) -> int:
        """How many of the cosine distances found for query ``number`` are among the nearest.

        Judged by distance and not by id, because equal vectors can stand for one another.
        """
        best = self._best[number]
        furthest = 1.0 - float(best[np.isfinite(best)].min(initial=1.0))
        return sum(distance <= furthest + SAME for distance in distances[: self.there_are])


def _normal(rows: Sequence[Sequence[float]]) -> Any:
    found = np.asarray(rows, dtype=np.float32)
    return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12)
