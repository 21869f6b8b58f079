"""Loading the whole graph anew into a file of its own, in steps, by COPY."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import StoreUnavailableError
from engine.workers.projections import bulk
from engine.workers.projections.graph import REMEDY, Graph

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.workers.projections.truth import Snapshot

SUMS = (
    "MATCH (t:Task) RETURN count(*), sum(t.version)",
    "MATCH ()-[l:Link]->() RETURN count(*), sum(l.version)",
)


def load(graph: Graph, truth: Snapshot) -> Iterator[int]:
    """Put a new file in the place of the graph's; yields how many rows are done after each step.

    The new file is in step with the change log up to the snapshot's end: what is written meanwhile
    follows from there. Raises StoreUnavailableError when what is read back is not what was loaded;
    the old file is as it was then.
    """
    fresh = Graph(graph.path.parent, f"{graph.path.name}.new")
    fresh.reset()
    done = 0.0
    try:
        for table, rows in (("Task", truth.all_nodes()), ("Link", truth.all_edges())):
            before, part = done, 0.0
            for part in bulk.copy(fresh.run, table, rows):
                yield int(before + part)
            done = before + part
        found = [fresh.run(query)[0] for query in SUMS]
        if [(int(count), int(total or 0)) for count, total in found] != truth.sums():
            raise StoreUnavailableError("kuzu", f"the new file misses rows; {REMEDY}")
        fresh.set_position(truth.head())
        fresh.run("CHECKPOINT")
    finally:
        fresh.close()
    graph.take(fresh.path)
    graph.trust()
