"""Keeps Kuzu small: what it measures, its log written into the file, the file loaded anew.

Kuzu never gives space back: what was deleted or written over stays in the file until all of it is
loaded into a new one.
"""

from __future__ import annotations

import time
from statistics import median
from typing import TYPE_CHECKING, Any

from engine.workers.projections import files, graph_copy

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from engine.workers.projections.graph import Graph
    from engine.workers.projections.steps import Stepper

    Steps = Generator[str, None, dict[str, Any]]

PROBES, PROBED = 5, 20
"""How often the query is timed, and how many tasks it asks for."""
WORTH = 0.9
"""A new file takes the place of the old one when it has at most this part of its bytes."""
RECONCILED = 50
"""Tasks brought in step at a time."""


class GraphUpkeep:
    """Works on the graph in steps; see :class:`engine.workers.projections.steps.Stepper`.

    ``reconcile`` brings tasks in step with the truth.
    """

    def __init__(
        self, graph: Graph, stepper: Stepper, reconcile: Callable[[list[str]], object]
    ) -> None:
        self._graph, self._stepper, self._reconcile = graph, stepper, reconcile

    def measure(self) -> Steps:
        """Size and latency of the graph.

        ``bytes`` of file and log, ``wal_bytes`` of the log alone; ``rows``, nodes and edges;
        ``query_seconds``, the median of one query for the links of some tasks.
        """
        if not self._graph.path.exists():  # nothing was ever synced
            return {"bytes": 0, "wal_bytes": 0, "rows": 0}
        yield "counting the graph's rows"
        ((nodes,),) = self._graph.run("MATCH (t:Task) RETURN count(*)")
        ((edges,),) = self._graph.run("MATCH ()-[l:Link]->() RETURN count(*)")
        ids = [i for (i,) in self._graph.run(f"MATCH (t:Task) RETURN t.id LIMIT {PROBED}")]
        yield "asking the graph"
        seconds = [self._timed(ids) for _ in range(PROBES)]
        total, main = self._graph.bytes(), files.size(self._graph.path)
        return {
            "bytes": total,
            "wal_bytes": total - main,
            "rows": nodes + edges,
            "query_seconds": median(seconds),
        }

    def _timed(self, ids: list[str]) -> float:
        started = time.perf_counter()
        self._graph.run("MATCH (a:Task)-[l:Link]-(b:Task) WHERE a.id IN $ids RETURN b.id", ids=ids)
        return time.perf_counter() - started

    def checkpoint(self) -> Steps:
        """Write the log into the file."""
        yield "writing Kuzu's log into its file"
        self._graph.run("CHECKPOINT")
        return {}

    def rewrite(self) -> Steps:
        """Load a new file from the truth; it takes the place of the old one if that is worth it.

        ``fresh_bytes`` is what the data needs, ``taken`` whether it was. What others write
        meanwhile is brought in step before anyone else has a turn. Raises StoreUnavailableError;
        the old file is as it was then.
        """
        folder: Path = self._graph.path.parent
        graph_copy.remove(folder)
        try:
            yield from graph_copy.fill(folder)
            fresh = folder / graph_copy.NAME
            size = files.size(fresh)
            taken = size <= WORTH * self._graph.bytes()
            if taken:
                self._graph.take(fresh)
                self._graph.trust()
                yield from self._catch_up()
        finally:
            graph_copy.remove(folder)
        return {"fresh_bytes": size, "taken": taken}

    def _catch_up(self) -> Steps:
        written = self._stepper.written()
        for start in range(0, len(written), RECONCILED):
            self._reconcile(written[start : start + RECONCILED])
            yield "bringing in step what was written meanwhile"
        return {}
