"""The projections child: the only process that opens Chroma and Kuzu."""

from __future__ import annotations

import argparse
import fcntl
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import DependencyDownError
from engine.graph.unfinished import bottlenecks, critical_path
from engine.workers.projections import drain, files
from engine.workers.projections.editions import searched
from engine.workers.projections.graph import Graph
from engine.workers.projections.load import load
from engine.workers.projections.near_duplicates import near_duplicates
from engine.workers.projections.parity import compare, compare_vectors, guarded
from engine.workers.projections.standing import standing
from engine.workers.projections.steps import Stepper, beside
from engine.workers.projections.truth import Truth
from engine.workers.projections.upkeep import Upkeep
from engine.workers.projections.vectors import Vectors
from engine.workers.serve import serve

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

PREDECESSOR_SECONDS = 10.0
"""How long one that is just dying may keep its locks."""


class ProjectionStores:
    """What the parent can ask. Each store is opened when first needed, one without the other."""

    def __init__(self, data_dir: Path) -> None:
        self._truth, self._vectors, self._graph = (
            Truth(data_dir),
            Vectors(data_dir),
            Graph(data_dir),
        )
        self.upkeep = Upkeep(self._vectors, self._graph, self.graph_reconcile)
        self._explaining = Stepper()
        self._loading: Generator[dict[str, Any], None, None] | None = None

    def graph_reconcile(self, ids: list[str]) -> dict[str, Any]:
        """Bring the rows of ``ids`` in step; ``current``: those that, read back, are."""
        with self._truth.snapshot() as truth:
            wrong = set(drain.apply(self._graph, truth, ids, ids, ids))
        return {"current": [task_id for task_id in ids if task_id not in wrong]}

    def graph_drain(self, tasks: int) -> dict[str, Any]:
        """Apply the next changes of the log; see :func:`drain.step`."""
        with self._truth.snapshot() as truth:
            return drain.step(self._graph, truth, tasks)

    def graph_next(self, tasks: int) -> dict[str, Any]:
        """The tasks of the next changes, and where those end; nothing is written."""
        with self._truth.snapshot() as truth:
            batch = drain.stretch(truth, self._graph.position(), tasks)
        return {"end": batch.end, "tasks": list(batch.tasks)}

    def graph_skip(self, position: int) -> None:
        """Go on behind ``position``: somebody else looks after what is before it."""
        self._graph.set_position(position)

    def sizes(self) -> dict[str, int]:
        """Bytes that each store takes on disk."""
        folder = self._vectors.path
        return {
            "chroma": files.size(folder) if folder.exists() else 0,
            "kuzu": self._graph.bytes(),
        }

    def graph_rebuild_begin(self) -> dict[str, Any]:
        """Start to load the whole graph anew; one that is under way is given up."""
        if self._loading is not None:
            self._loading.close()
        self._loading = self._load()
        return self.graph_rebuild_step()

    def _load(self) -> Generator[dict[str, Any], None, None]:
        with self._truth.snapshot() as truth:
            nodes, total = truth.tasks(), truth.rows()
            yield {"done": 0, "total": total, "over": False}
            for done in load(self._graph, truth):
                yield {"done": done, "total": total, "over": False}
        yield {"done": total, "total": total, "over": True, "nodes": nodes}

    def graph_rebuild_step(self) -> dict[str, Any]:
        """Load some more; ``done`` of ``total`` rows, ``nodes`` when it is ``over``."""
        if self._loading is None:
            raise RuntimeError("no rebuild is under way; it may have died with an earlier process")
        loading, self._loading = self._loading, None
        told = next(loading)  # should this raise, it is over too
        if not told["over"]:
            self._loading = loading
        return told

    def vectors_upsert(self, ids: list[str], **row: Any) -> list[str]:
        """Write vectors with what the truth says of their tasks; see :meth:`Vectors.upsert`."""
        with self._truth.snapshot() as truth:
            notes = truth.notes(ids)
        return self._vectors.upsert(ids, notes=notes, **row)

    def vectors_annotate(self, ids: list[str]) -> list[str]:
        """Bring the metadata of vectors in step with the truth; those that, read back, are."""
        with self._truth.snapshot() as truth:
            notes = truth.notes(ids)
        return self._vectors.annotate(ids, notes)

    def vectors_follow(self, ids: list[str]) -> list[str]:
        """Forget the vectors of deleted tasks, and annotate the others; those in step."""
        with self._truth.snapshot() as truth:
            notes = truth.notes(ids)
        gone = [task_id for task_id in ids if task_id not in notes]
        self._vectors.delete(gone)
        return [*gone, *self._vectors.annotate(list(notes), notes)]

    def vectors_promote(self, model: str) -> list[str] | None:
        """Search the vectors of ``model`` from now on, if there is one for every text.

        Returns the models whose vectors were dropped; None while something is missing.
        """
        with self._truth.snapshot() as truth:
            if self._vectors.count_of(model) < truth.count():
                return None
            hashes, versions = truth.hashes(), truth.versions()
        found = compare_vectors(hashes, versions, self._vectors, model)
        if found["missing"] or found["stale"]:
            return None
        return self._vectors.promote(model)

    def parity(self, model: str) -> dict[str, Any]:
        """Both projections compared with the truth."""
        with self._truth.snapshot() as truth:
            hashes = truth.hashes()
            versions, links, head = truth.versions(), truth.links(), truth.head()
        down = (DependencyDownError, RuntimeError)  # Kuzu reports everything as RuntimeError
        return {
            "vectors": guarded(
                lambda: compare_vectors(hashes, versions, self._vectors, model), down
            ),
            "nodes": guarded(lambda: compare(versions, self._graph.versions()), down),
            "edges": guarded(lambda: compare(links, self._graph.edges()), down),
            "position": guarded(lambda: {"at": self._graph.position(), "head": head}, down),
        }

    def sync_state(self, task_id: str, model: str) -> dict[str, Any]:
        """Where one task stands in both; see :func:`standing`."""
        with self._truth.snapshot() as truth:
            return standing(truth, self._vectors, self._graph, task_id, model)

    def near_duplicates(self, threshold: float, limit: int, finished: bool) -> dict[str, Any]:
        """Pairs of tasks that say nearly the same; see :mod:`.near_duplicates`."""
        with self._truth.snapshot() as truth:
            ids, known = truth.ids(finished=finished), truth.duplicates()
        with self._vectors.using() as there:
            edition = searched(there)
            if edition is None:
                return {"pairs": [], "compared": 0, "left_out": len(ids), "exact": True}
            found = near_duplicates(edition, ids, known, threshold, limit)
        return {**found, "left_out": len(ids) - found["compared"]}

    def components(self, pointers: bytes, ends: bytes) -> list[list[int]]:
        """Tasks that all wait for one another, as nodes of a graph in arrays."""
        from engine.workers.projections.audit import components  # noqa: PLC0415 - as above

        return components(pointers, ends)

    def explain_begin(self, ids: list[str] | None, max_depth: int, seconds: float) -> None:
        """Start to explain the dependency cycles among ``ids``, or (None) to find them first."""
        from engine.workers.projections.audit import audit, explain_among  # noqa: PLC0415 - scipy

        def work(wanted: Callable[[], bool]) -> dict[str, Any]:
            with self._truth.snapshot() as truth:
                if ids is None:
                    return audit(truth, max_depth, seconds, wanted)
                return explain_among(truth, ids, max_depth, seconds, wanted)

        self._explaining.begin(beside(work, "explaining"))

    def bottlenecks(self, limit: int) -> dict[str, Any]:
        """Unfinished tasks by how many wait for them."""
        with self._truth.snapshot() as truth:
            return bottlenecks(truth.connection, limit)

    def critical_path(self, project: str | None, limit: int) -> dict[str, Any]:
        """The longest chain of unfinished tasks."""
        with self._truth.snapshot() as truth:
            return critical_path(truth.connection, project, limit)

    def set_aside(self, store: str) -> str:
        """Keep what is damaged under another name, and start empty; that name."""
        return self._vectors.set_aside() if store == "chroma" else self._graph.set_aside()

    def probe(self, store: str) -> bool:
        """Open a store (chroma, kuzu) and read from it."""
        if store == "chroma":
            self._vectors.check()
        else:
            self._graph.versions(["?"])
        return True

    def methods(self) -> dict[str, Callable[..., Any]]:
        """By the name that the parent calls."""
        return {
            "vectors_hashes": self._vectors.hashes,
            "vectors_upsert": self.vectors_upsert,
            "vectors_annotate": self.vectors_annotate,
            "vectors_follow": self.vectors_follow,
            "vectors_promote": self.vectors_promote,
            "vectors_delete": lambda ids: {"deleted": self._vectors.delete(ids)},
            "vectors_query": self._vectors.query,
            "vectors_like": self._vectors.like,
            "vectors_reset": self._vectors.reset,
            "graph_reset": self._graph.reset,
            "graph_reconcile": self.graph_reconcile,
            "graph_drain": self.graph_drain,
            "graph_next": self.graph_next,
            "graph_skip": self.graph_skip,
            "graph_rebuild_begin": self.graph_rebuild_begin,
            "graph_rebuild_step": self.graph_rebuild_step,
            "parity": self.parity,
            "sync_state": self.sync_state,
            "near_duplicates": self.near_duplicates,
            "components": self.components,
            "explain_begin": self.explain_begin,
            "explain_step": self._explaining.step,
            "bottlenecks": self.bottlenecks,
            "critical_path": self.critical_path,
            "probe": self.probe,
            "set_aside": self.set_aside,
            "sizes": self.sizes,
        }


def hold(descriptor: int) -> None:
    """Wait for a predecessor to go, then keep others out for as long as the file is open."""
    limit = time.monotonic() + PREDECESSOR_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > limit:
                sys.exit("projections.lock: another process holds Chroma and Kuzu; end it first")
            time.sleep(0.1)
        else:
            return


def main() -> None:
    """Answer the parent until it goes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data-dir", type=Path, required=True)
    data_dir: Path = parser.parse_args().data_dir
    with (data_dir / "projections.lock").open("a") as lock:
        hold(lock.fileno())
        stores = ProjectionStores(data_dir)
        serve(stores.upkeep.among(stores.methods()))


if __name__ == "__main__":
    main()
