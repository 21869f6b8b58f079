"""The full check for cycles: detection on arrays, explanation on a snapshot of the truth.

Importing it takes half a second, for scipy.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.cycles.components import components as components_of
from engine.cycles.explain import Edge, Explanation, explain
from engine.cycles.strong import of_pairs, of_rows
from engine.tasks import BLOCKS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from engine.workers.projections.truth import Snapshot

EDGES_TOLD = 20_000
"""Edges of a component that are told at most: more is no use to anybody, and must fit a frame."""


def _always() -> bool:
    return True


def components(pointers: bytes, ends: bytes) -> list[list[int]]:
    """Those of a graph as :class:`engine.cycles.arrays.PackedGraph` has it, as nodes."""
    return of_rows(np.frombuffer(pointers, dtype=np.int32), np.frombuffer(ends, dtype=np.int32))


def audit(
    snapshot: Snapshot, max_depth: int, seconds: float, wanted: Callable[[], bool] = _always
) -> dict[str, Any]:
    """All components with their explanations; depth and time bound only the explanations.

    They are cut short, too, when they are not ``wanted`` any more.
    """
    names, starts, ends = snapshot.waiting()
    found = [[names[n] for n in group] for group in of_pairs(len(names), starts, ends)]
    ids = [task_id for group in found for task_id in group]
    explained = explain_among(snapshot, ids, max_depth, seconds, wanted)
    return {**explained, "edges_checked": len(starts)}


def explain_among(
    snapshot: Snapshot,
    ids: Sequence[str],
    max_depth: int,
    seconds: float,
    wanted: Callable[[], bool] = _always,
) -> dict[str, Any]:
    """The components among the tasks ``ids``, as the snapshot has them, with explanations."""
    limit, now = time.monotonic() + seconds, time.time()

    def in_time() -> bool:
        return time.monotonic() < limit and wanted()

    edges = [_edge(row) for row in snapshot.links_among(ids)]
    groups = components_of([edge.ends for edge in edges])
    inside = {name: place for place, group in enumerate(groups) for name in group}
    members: list[list[Edge]] = [[] for _ in groups]
    for edge in edges:
        place = inside.get(edge.waiter, -1)
        if place >= 0 and inside.get(edge.waited_for) == place:
            members[place].append(edge)
    found = []
    for tasks, own in zip(groups, members, strict=True):
        why = explain(tasks, own, now=now, max_depth=max_depth, in_time=in_time)
        found.append(_told(tasks, own, why))
    return {"components": found, "bounded": any(each["bounded"] for each in found)}


def _edge(row: Any) -> Edge:
    ends = row["task_id"], row["target_id"]
    waiter, waited_for = ends if row["kind"] == BLOCKS else ends[::-1]
    priority = row["source_priority"] if row["kind"] == BLOCKS else row["target_priority"]
    return Edge(waiter, waited_for, row["kind"], row["created_at"], row["created_by"], priority)


def _told(tasks: Sequence[str], edges: Sequence[Edge], why: Explanation) -> dict[str, Any]:
    around = set(zip(why.cycle, [*why.cycle[1:], *why.cycle[:1]], strict=True))
    around |= {cut.ends for cut, _ in why.cuts}
    first = sorted(edges, key=lambda edge: edge.ends not in around)  # stable: the rest as it was
    return {
        "tasks": list(tasks),
        "cycle": why.cycle,
        "edges": [[edge.waiter, edge.waited_for, edge.kind] for edge in first[:EDGES_TOLD]],
        "cuts": [[cut.waiter, cut.waited_for, cut.kind, reason] for cut, reason in why.cuts],
        "cycles": why.cycles,
        "cycles_complete": why.cycles_complete,
        "bounded": why.bounded or len(edges) > EDGES_TOLD,
    }
