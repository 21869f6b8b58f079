"""The graph follows the change log: what changed after its position, in batches.

A batch is the distinct tasks of a stretch of the log, read from the truth as they are now. It is
written in one transaction and read back; only then the position, which the graph keeps itself,
moves on. So a graph that was set back, or whose process was killed, just goes on from there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from engine.workers.projections.graph import edge_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.workers.projections.graph import Graph, Sums
    from engine.workers.projections.truth import Snapshot

FEW_TASKS = 1000
"""Up to so many tasks a rebuild is never worth it."""
ROWS_A_TASK = 10
"""Rows of the log that are read for each task of a batch."""
SAME = frozenset({"updated"})
"""Changes that leave the edges of a task alone."""


class Batch(NamedTuple):
    """A stretch of the change log."""

    end: int
    """Position of its last change."""
    tasks: dict[str, set[str]]
    """What happened, by task."""


def stretch(truth: Snapshot, start: int, tasks: int) -> Batch:
    """The changes after ``start`` of at most so many tasks."""
    found: dict[str, set[str]] = {}
    end = start
    for position, task_id, what in truth.changes(start, tasks * ROWS_A_TASK):
        if task_id not in found and len(found) == tasks:
            break
        found.setdefault(task_id, set()).add(what)
        end = position
    return Batch(end, found)


def rebuild_pays(truth: Snapshot, start: int) -> bool:
    """Whether to load all anew: the log does not reach back to ``start``, or most has changed."""
    head = truth.head()
    if start > head or start < truth.floor():
        return True
    if head - start <= FEW_TASKS:
        return False
    changed = truth.changed_tasks(start)
    return changed > FEW_TASKS and 2 * changed > truth.tasks()


def step(graph: Graph, truth: Snapshot, tasks: int) -> dict[str, Any]:
    """Apply a batch; see :class:`engine.stores.projections.DrainStep` for the answer."""
    start = graph.position()
    told = {"position": start, "head": truth.head(), "tasks": 0, "rebuild": False}
    if rebuild_pays(truth, start):
        return {**told, "rebuild": True}
    batch = stretch(truth, start, tasks)
    if batch.tasks:
        relinked = [task for task, what in batch.tasks.items() if not what <= SAME]
        created = [task for task, what in batch.tasks.items() if "created" in what]
        if wrong := apply(graph, truth, list(batch.tasks), relinked, created):
            raise RuntimeError(f"the graph did not return what was written: {wrong[:3]}")
        graph.set_position(batch.end)
    return {**told, "position": batch.end, "tasks": len(batch.tasks)}


def apply(
    graph: Graph,
    truth: Snapshot,
    ids: Sequence[str],
    sources: Sequence[str],
    targets: Sequence[str],
) -> list[str]:
    """Bring the nodes of ``ids`` in step, and the edges out of ``sources`` and into ``targets``.

    Returns those of ``ids`` that, read back, are not. All is read before or after the transaction
    that writes: Kuzu shows edges that are not yet committed with wrong ends.
    """
    nodes, edges = truth.nodes(ids), truth.edges(sources, targets)
    versions = {node["id"]: node["version"] for node in nodes}
    found = graph.edges(sources, targets)
    missing = [edge for edge in edges if found.get(edge_key(edge)) != edge["version"]]
    # an edge needs both its ends, and the other may not have had its turn yet
    others = {end for edge in missing for end in edge_key(edge)[:2]}.difference(ids)
    absent = others.difference(graph.versions(list(others)))
    with graph.transaction():
        graph.delete_edges(found, edges)
        graph.delete([task_id for task_id in ids if task_id not in versions])
        graph.upsert(nodes + truth.nodes(list(absent)))
        graph.insert_edges(missing)
    wrong = _wrong_nodes(graph, versions, ids)
    for end, group, there in zip(
        ("task_id", "target_id"), (sources, targets), graph.edge_sums(sources, targets), strict=True
    ):
        wrong |= _wrong_edges(end, group, there, edges)
    return [task_id for task_id in ids if task_id in wrong]


def _wrong_nodes(graph: Graph, versions: Mapping[str, int], ids: Sequence[str]) -> set[str]:
    found = graph.versions(ids)
    return {task_id for task_id in ids if found.get(task_id) != versions.get(task_id)}


def _wrong_edges(
    end: str, group: Sequence[str], there: Mapping[str, Sums], edges: Sequence[Mapping[str, Any]]
) -> set[str]:
    """Tasks of ``group`` whose edges at that end are, read back, not as many or of other versions.

    No two links have the same version, so that their sum tells them apart.
    """
    wanted = dict.fromkeys(group, (0, 0))
    for edge in edges:
        if edge[end] in wanted:
            count, total = wanted[edge[end]]
            wanted[edge[end]] = (count + 1, total + edge["version"])
    return {task_id for task_id in group if there.get(task_id, (0, 0)) != wanted[task_id]}
