"""Strongly connected components of a whole graph, by scipy on arrays.

Loaded in the child only, when first needed: importing numpy and scipy takes half a second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Ints = NDArray[np.int32]


def of_rows(pointers: Ints, ends: Ints) -> list[list[int]]:
    """Components that hold a cycle, as sorted nodes: of more than one node, or with a loop.

    ``ends[pointers[n]:pointers[n + 1]]`` are the ends of the edges out of node n. Linear in the
    edges (Pearce 2005).
    """
    count = len(pointers) - 1
    # of the type that scipy works with, so that it copies nothing
    graph = csr_array((np.ones(len(ends)), ends, pointers), shape=(count, count), copy=True)
    graph.sum_duplicates()  # scipy's search runs for ever when an edge is in a row twice
    _, labels = connected_components(graph, directed=True, connection="strong")
    cyclic = np.bincount(labels, minlength=count)[labels] > 1
    starts = np.repeat(np.arange(count, dtype=np.int32), np.diff(graph.indptr))
    cyclic[starts[starts == graph.indices]] = True
    nodes = np.flatnonzero(cyclic)
    order = np.argsort(labels[nodes], kind="stable")
    nodes = nodes[order]
    borders = np.flatnonzero(np.diff(labels[nodes])) + 1
    return [group.tolist() for group in np.split(nodes, borders) if len(group)]


def of_pairs(
    count: int, starts: Sequence[int] | Ints, ends: Sequence[int] | Ints
) -> list[list[int]]:
    """As :func:`of_rows`, of edges in any order between nodes below ``count``."""
    if not len(starts):
        return []
    pairs = np.asarray(starts, dtype=np.int32), np.asarray(ends, dtype=np.int32)
    rows = coo_array((np.ones(len(starts)), pairs), shape=(count, count)).tocsr()
    return of_rows(rows.indptr, rows.indices)
