"""What the parent can ask for to keep Chroma and Kuzu small, beside all else it asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.workers.projections import graph_copy, vector_swap
from engine.workers.projections.graph_upkeep import GraphUpkeep
from engine.workers.projections.steps import Stepper
from engine.workers.projections.vector_upkeep import VectorUpkeep

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from engine.workers.projections.graph import Graph
    from engine.workers.projections.steps import Work
    from engine.workers.projections.vectors import Vectors


class Upkeep:
    """Clears away what an earlier process left half done, and offers the works in steps."""

    def __init__(
        self, vectors: Vectors, graph: Graph, reconcile: Callable[[list[str]], object]
    ) -> None:
        vector_swap.recover(vectors.path)
        graph_copy.remove(graph.path.parent)
        stepper = self._stepper = Stepper()
        self._vectors = VectorUpkeep(vectors, stepper)
        self._graph = GraphUpkeep(graph, stepper, reconcile)

    def among(self, methods: Mapping[str, Callable[..., Any]]) -> dict[str, Callable[..., Any]]:
        """``methods``, whose writes are noted while a work is under way, and the works' own."""
        works: dict[str, Callable[..., Work]] = {
            "chroma.measure": self._vectors.measure,
            "chroma.reach": self._vectors.reach,
            "chroma.rebuild": self._vectors.rebuild,
            "kuzu.measure": self._graph.measure,
            "kuzu.checkpoint": self._graph.checkpoint,
            "kuzu.rewrite": self._graph.rewrite,
        }

        def begin(work: str, params: dict[str, Any]) -> None:
            self._stepper.begin(works[work](**params))

        noted = {name: self._stepper.noting(method) for name, method in methods.items()}
        return {**noted, "upkeep_begin": begin, "upkeep_step": self._stepper.step}
