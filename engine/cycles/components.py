"""Strongly connected components of the waiting graph, and a shortest cycle through each.

Pure functions on edges; an edge ``(a, b)`` says that a waits for b.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


def components(edges: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Sorted components of more than one task, and single tasks that wait for themselves.

    Linear in the edges: scipy's strong connected components (Pearce 2005).
    """
    import numpy as np  # noqa: PLC0415 - loaded in the child, when first needed
    from scipy.sparse import coo_array  # noqa: PLC0415 - as above
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415 - as above

    if not edges:
        return []
    names = sorted({name for edge in edges for name in edge})
    index = {name: i for i, name in enumerate(names)}
    ends = np.array([(index[a], index[b]) for a, b in edges], dtype=np.int32)
    graph = coo_array(
        (np.ones(len(ends), dtype=np.int8), (ends[:, 0], ends[:, 1])), shape=(len(names),) * 2
    ).tocsr()
    _, labels = connected_components(graph, directed=True, connection="strong")
    loops = {a for a, b in edges if a == b}
    groups: dict[int, list[str]] = {}
    for name, label in zip(names, labels.tolist(), strict=True):
        groups.setdefault(label, []).append(name)
    return [group for group in groups.values() if len(group) > 1 or group[0] in loops]


def adjacency(edges: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Whom each waits for, in sorted order."""
    found: dict[str, set[str]] = {}
    for waiter, waited_for in edges:
        found.setdefault(waiter, set()).add(waited_for)
    return {name: sorted(targets) for name, targets in found.items()}


def cycle_through(start: str, following: Mapping[str, Sequence[str]]) -> list[str] | None:
    """A shortest cycle through ``start`` in order, breadth-first; None when there is none."""
    before: dict[str, str] = {}
    front = deque([start])
    while front:
        here = front.popleft()
        for there in following.get(here, ()):
            if there == start:
                return _trace(before, start, here)
            if there not in before:
                before[there] = here
                front.append(there)
    return None


def _trace(before: Mapping[str, str], start: str, end: str) -> list[str]:
    chain = [end]
    while chain[-1] != start:
        chain.append(before[chain[-1]])
    return chain[::-1]
