"""Loading the whole graph anew into a file of its own, in steps, by COPY."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import StoreUnavailableError
from engine.workers.projections import bulk
from engine.workers.projections.graph import EDGE_COLUMNS, NODE_NAMES, REMEDY, Graph

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.workers.projections.truth import Snapshot

SUMS = (
    "MATCH (t:Task) RETURN count(*), sum(t.version)",
    "MATCH ()-[l:Link]->() RETURN count(*), sum(l.version)",
)

NODE_VERSION, EDGE_VERSION = NODE_NAMES.index("version"), EDGE_COLUMNS.index("version")


def load(graph: Graph, truth: Snapshot) -> Iterator[int]:
    """Put a new file in the place of the graph's; yields how many rows are done after each step.

    The new file is in step with the change log up to the snapshot's end: what is written meanwhile
    follows from there. Raises StoreUnavailableError when what is read back is not what was loaded;
    the old file is as it was then.
    """
    fresh = Graph(graph.path.parent, f"{graph.path.name}.new")
    fresh.reset()
    nodes, edges = bulk.Copied(), bulk.Copied()
    try:
        for done in bulk.copy(fresh.run, "Task", truth.all_nodes(), NODE_VERSION, nodes):
            yield int(done)
        for done in bulk.copy(fresh.run, "Link", truth.all_edges(), EDGE_VERSION, edges):
            yield nodes.rows + int(done)
        found = [fresh.run(query)[0] for query in SUMS]
        if [(int(count), int(total or 0)) for count, total in found] != [
            (part.rows, part.versions) for part in (nodes, edges)
        ]:
            raise StoreUnavailableError("kuzu", f"the new file misses rows; {REMEDY}")
        fresh.set_position(truth.head())
        fresh.run("CHECKPOINT")
    finally:
        fresh.close()
    graph.take(fresh.path)
    graph.trust()
