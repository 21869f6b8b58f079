"""Who waits for whom, by task id, with every edge known to close a cycle or not."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

from engine.cycles.order import TopologicalOrder
from engine.cycles.paths import shortest
from engine.cycles.search import EVERY
from engine.cycles.sorting import depth_first

if TYPE_CHECKING:
    from array import array
    from collections.abc import Callable, Sequence
    from typing import Self

Edge = tuple[int, int]
PATH_EDGES = 500
"""Edges followed at most to find a shorter path for the message of a refusal."""
LOOKED_AT = 200
"""Edges followed at most to find room in the order for an edge while a cycle is known."""
SORTED_FOR = 100
"""Edges of the whole graph that are sorted anew in the time that one more try takes."""


class WaitingGraph:
    """Tasks and waiting edges: an order over edges that are free of cycles, the rest aside.

    There is a cycle exactly when something is aside. That holds by one proof: an edge aside and the
    path in the order that it closes to a cycle. While the proof stands, an edge that does not fit
    the order soon goes aside too, whether it closes a cycle or not: in a large component nearly
    every one does, and to find its path takes as long as the component is large. When the proof
    falls with one of its edges, those aside are tried until one of them is the next proof, or all
    are in the order.
    """

    def __init__(self) -> None:
        self.order = TopologicalOrder()
        self.edges = 0
        """All edges, those aside included; two links between the same tasks are two."""
        self.names: list[str] = []
        """Id by node; that of a node without a task means nothing."""
        self.nodes: dict[str, int] = {}
        self.aside: Counter[Edge] = Counter()
        self._proof: frozenset[Edge] = frozenset()
        """Edges that form a cycle, one of them aside; empty when nothing is."""
        self._aside_after: defaultdict[int, list[int]] = defaultdict(list)
        self._aside_before: defaultdict[int, list[int]] = defaultdict(list)

    @classmethod
    def load(
        cls,
        nodes: dict[str, int],
        after: Sequence[array[int]],
        look: Callable[[], None] = lambda: None,
    ) -> Self:
        """Of tasks, numbered from 0 in order, and the numbers of those that each waits for.

        ``look`` is called now and then; what it raises ends the loading.
        """
        graph = cls()
        graph._fill(nodes, after, look)
        return graph

    def _fill(
        self, nodes: dict[str, int], after: Sequence[array[int]], look: Callable[[], None]
    ) -> None:
        self.names, self.nodes = list(nodes), nodes
        self.edges = sum(map(len, after))
        self._sort(after, look)

    def _sort(self, after: Sequence[array[int]], look: Callable[[], None] = lambda: None) -> None:
        """Order all edges anew; nothing may be aside."""
        sequence, back = depth_first(after, look)
        self.order.load(after, sequence)
        look()
        for edge in back:
            self._put_aside(edge)
        self._prove()

    def __contains__(self, name: str) -> bool:
        """Whether there is such a task."""
        return name in self.nodes

    def create(self, name: str) -> None:
        """Add a task. ValueError when it is there."""
        if name in self.nodes:
            raise ValueError(f"{name!r} is there already")
        node = self.order.new_node()
        if node == len(self.names):
            self.names.append(name)
        self.names[node] = name
        self.nodes[name] = node

    def drop(self, name: str) -> list[tuple[str, str]]:
        """Remove a task; the edges that went with it. KeyError when there is no such task."""
        node = self.nodes[name]
        gone = [(name, self.names[end]) for end in self._after(node)]
        gone += [(self.names[end], name) for end in self._before(node) if end != node]
        for edge in gone:
            self.remove(*edge)
        self.order.drop_node(node)
        del self.nodes[name]
        return gone

    def add(self, waiter: str, waited_for: str, *, reject: bool) -> list[str] | None:
        """Add an edge; with ``reject`` only if it closes no cycle.

        The path from ``waited_for`` back to ``waiter`` for which it was refused, else None.
        KeyError for an unknown task.
        """
        first, then = self.nodes[waiter], self.nodes[waited_for]
        if not reject:
            self._keep((first, then))
        elif path := self._refused(first, then):
            return self._told(path)
        self.edges += 1
        return None

    def _refused(self, first: int, then: int) -> list[int] | None:
        path = self.order.insert(first, then)
        if path is None and self.aside:
            path = shortest(then, first, self._after, self._before)
            if path is not None:
                self.order.delete(first, then)
        return path

    def _keep(self, edge: Edge) -> None:
        path = self.order.insert(*edge, LOOKED_AT if self._proof else EVERY)
        if path is not None:
            self._put_aside(edge)
            if not self._proof:
                self._proof = frozenset([edge, *pairwise(path)])

    def _told(self, path: list[int]) -> list[str]:
        if len(path) > 2:  # noqa: PLR2004 - one edge is the shortest there is
            after, before = self.order.after, self.order.before
            shorter = shortest(
                path[0], path[-1], after.__getitem__, before.__getitem__, most=PATH_EDGES
            )
            path = shorter or path
        return [self.names[node] for node in path]

    def remove(self, waiter: str, waited_for: str) -> None:
        """Remove one edge. KeyError or ValueError when there is none."""
        edge = first, then = self.nodes[waiter], self.nodes[waited_for]
        if edge in self.aside:
            self._take_back(edge)
            gone = edge not in self.aside
        else:
            self.order.delete(first, then)
            gone = then not in self.order.after[first]
        self.edges -= 1
        if gone and edge in self._proof:
            self._prove()

    def _after(self, node: int) -> list[int]:
        return [*self.order.after[node], *self._aside_after.get(node, [])]

    def _before(self, node: int) -> list[int]:
        return [*self.order.before[node], *self._aside_before.get(node, [])]

    def _prove(self) -> None:
        """Find a proof among the edges aside; those that turn out to fit go into the order."""
        self._proof, tries = frozenset(), 0
        while self.aside and not self._proof:
            if tries * SORTED_FOR > self.edges:
                self._sort_all()
                return
            edge = next(iter(self.aside))
            copies = self.aside[edge]
            for _ in range(copies):
                self._take_back(edge)
            for _ in range(copies):
                self._keep(edge)
            tries += 1

    def _sort_all(self) -> None:
        for first, then in list(self.aside.elements()):
            self.order.after[first].append(then)
        self.aside.clear()
        self._aside_after.clear()
        self._aside_before.clear()
        self._sort(self.order.after)

    def _put_aside(self, edge: Edge) -> None:
        self.aside[edge] += 1
        self._aside_after[edge[0]].append(edge[1])
        self._aside_before[edge[1]].append(edge[0])

    def _take_back(self, edge: Edge) -> None:
        """Undo :meth:`_put_aside` once."""
        self.aside[edge] -= 1
        _drop_one(self._aside_after, edge[0], edge[1])
        _drop_one(self._aside_before, edge[1], edge[0])
        if not self.aside[edge]:
            del self.aside[edge]


def _drop_one(ends: dict[int, list[int]], node: int, end: int) -> None:
    ends[node].remove(end)
    if not ends[node]:
        del ends[node]
