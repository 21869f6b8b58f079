"""The full check for cycles, on a snapshot of the truth."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from engine.cycles.components import components
from engine.cycles.explain import Edge, explain
from engine.tasks import BLOCKS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.workers.projections.truth import Snapshot


def audit(snapshot: Snapshot, max_depth: int, seconds: float) -> dict[str, Any]:
    """All components with their explanations; depth and time bound only the explanations."""
    edges = [_edge(row) for row in snapshot.waiting()]
    limit, now = time.monotonic() + seconds, time.time()
    inside: dict[str, int] = {}
    groups = components([edge.ends for edge in edges])
    for number, group in enumerate(groups):
        inside.update(dict.fromkeys(group, number))
    members: list[list[Edge]] = [[] for _ in groups]
    for edge in edges:
        number = inside.get(edge.waiter, -1)
        if number >= 0 and inside.get(edge.waited_for) == number:
            members[number].append(edge)
    found, bounded = [], False
    for group, own in zip(groups, members, strict=True):
        why = explain(
            group, own, now=now, max_depth=max_depth, in_time=lambda: time.monotonic() < limit
        )
        bounded = bounded or why.bounded
        found.append(_told(group, own, why.cycle, why.cut, why.reason))
    return {"components": found, "edges_checked": len(edges), "bounded": bounded}


def _edge(row: Any) -> Edge:
    ends = row["task_id"], row["target_id"]
    waiter, waited_for = ends if row["kind"] == BLOCKS else ends[::-1]
    return Edge(waiter, waited_for, row["kind"], row["created_at"], row["created_by"])


def _told(
    group: Sequence[str], edges: Sequence[Edge], cycle: Sequence[str], cut: Edge, reason: str
) -> dict[str, Any]:
    return {
        "tasks": list(group),
        "cycle": list(cycle),
        "edges": [[edge.waiter, edge.waited_for, edge.kind] for edge in edges],
        "cut": {"from": cut.waiter, "to": cut.waited_for, "kind": cut.kind, "reason": reason},
    }
