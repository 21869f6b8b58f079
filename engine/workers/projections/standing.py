"""Where one task stands in each derived store, read from the store itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import DependencyDownError
from engine.model_key import same_model

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.workers.projections.graph import Graph
    from engine.workers.projections.truth import Snapshot
    from engine.workers.projections.vectors import Vectors

CURRENT = ("current", "")


def standing(
    truth: Snapshot, vectors: Vectors, graph: Graph, task_id: str, model: str
) -> dict[str, tuple[str, str]]:
    """State (current, stale, missing, unknown) and what is wrong, by ``vectors`` and ``graph``."""
    return {
        "vectors": _guarded(lambda: _in_vectors(truth, vectors, task_id, model)),
        "graph": _guarded(lambda: _in_graph(truth, graph, task_id)),
    }


def _guarded(look: Callable[[], tuple[str, str]]) -> tuple[str, str]:
    try:
        return look()
    except (DependencyDownError, RuntimeError) as error:  # Kuzu reports everything as RuntimeError
        return "unknown", str(error)


def _in_vectors(truth: Snapshot, vectors: Vectors, task_id: str, model: str) -> tuple[str, str]:
    found = vectors.hashes([task_id], model).get(task_id)
    if found is None or not same_model(found[1], model):
        return "missing", "no vector of the present model"
    digest = truth.connection.execute("SELECT content_hash FROM tasks WHERE id = ?", (task_id,))
    if (found[0],) != tuple(digest.fetchone() or ()):
        return "stale", "the vector is of an older text"
    return CURRENT


def _in_graph(truth: Snapshot, graph: Graph, task_id: str) -> tuple[str, str]:
    links = truth.edges([task_id], [task_id])
    wanted = {(e["task_id"], e["target_id"], e["kind"]): e["version"] for e in links}
    expected = {node["id"]: node["version"] for node in truth.nodes([task_id])}.get(task_id)
    version, edges = graph.versions([task_id]).get(task_id), graph.edges([task_id], [task_id])
    if version is None:
        return "missing", "no node"
    wrong = len(wanted.items() ^ edges.items())
    if version != expected:
        return "stale", f"the node is of version {version}"
    return ("stale", f"{wrong} of its links differ") if wrong else CURRENT
