"""Who waits for whom, by task id, with every edge known to close a cycle or not."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

from engine.cycles.order import TopologicalOrder
from engine.cycles.paths import shortest
from engine.cycles.sorting import depth_first

if TYPE_CHECKING:
    from array import array
    from collections.abc import Callable, Iterable, Sequence
    from typing import Self

Edge = tuple[int, int]
PATH_EDGES = 500
"""Edges followed at most to find a shorter path for the message of a refusal."""


class WaitingGraph:
    """Tasks and waiting edges: an order over as many edges as are free of cycles, the rest aside.

    Each edge set aside has a witness, the path in the order that it closes to a cycle. As long as
    no edge of its witness goes it can't come back, so removing an edge tries again only those that
    lean on it. There is a cycle exactly when something is aside.
    """

    def __init__(self) -> None:
        self.order = TopologicalOrder()
        self.edges = 0
        """All edges, those aside included; two links between the same tasks are two."""
        self.names: list[str] = []
        """Id by node; that of a node without a task means nothing."""
        self.nodes: dict[str, int] = {}
        self.aside: Counter[Edge] = Counter()
        self._witness: dict[Edge, list[Edge]] = {}
        self._leaning: defaultdict[Edge, set[Edge]] = defaultdict(set)
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
        sequence, back = depth_first(after, look)
        self.order.load(after, sequence)
        look()
        for edge in back:
            self._set_apart(edge)

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
        """Add an edge; the path from ``waited_for`` back to ``waiter`` if it closes a cycle.

        With ``reject`` such an edge is not added, otherwise it is. KeyError for an unknown task.
        """
        first, then = self.nodes[waiter], self.nodes[waited_for]
        path = self.order.insert(first, then)
        if path is None and self.aside and reject:
            path = shortest(then, first, self._after, self._before)
            if path is not None:
                self.order.delete(first, then)
        elif path is not None and not reject:
            self._put_aside((first, then), path)
        if path is None or not reject:
            self.edges += 1
        return None if path is None else self._told(path)

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
        else:
            self.order.delete(first, then)
            if edge in self._leaning and then not in self.order.after[first]:
                for waiting in list(self._leaning[edge]):
                    self._try_again(waiting)
        self.edges -= 1

    def _after(self, node: int) -> list[int]:
        return [*self.order.after[node], *self._aside_after.get(node, [])]

    def _before(self, node: int) -> list[int]:
        return [*self.order.before[node], *self._aside_before.get(node, [])]

    def _set_apart(self, edge: Edge) -> None:
        """Add an edge that was counted already, aside if it must be."""
        path = self.order.insert(*edge)
        if path is not None:
            self._put_aside(edge, path)

    def _put_aside(self, edge: Edge, path: Iterable[int]) -> None:
        self.aside[edge] += 1
        self._aside_after[edge[0]].append(edge[1])
        self._aside_before[edge[1]].append(edge[0])
        if edge not in self._witness:
            self._witness[edge] = list(pairwise(path))
            for step in self._witness[edge]:
                self._leaning[step].add(edge)

    def _take_back(self, edge: Edge) -> None:
        """Undo :meth:`_put_aside` once."""
        self.aside[edge] -= 1
        _drop_one(self._aside_after, edge[0], edge[1])
        _drop_one(self._aside_before, edge[1], edge[0])
        if not self.aside[edge]:
            del self.aside[edge]
            for step in self._witness.pop(edge):
                self._leaning[step].discard(edge)
                if not self._leaning[step]:
                    del self._leaning[step]

    def _try_again(self, edge: Edge) -> None:
        copies = self.aside[edge]
        for _ in range(copies):
            self._take_back(edge)
        for _ in range(copies):
            self._set_apart(edge)


def _drop_one(ends: dict[int, list[int]], node: int, end: int) -> None:
    ends[node].remove(end)
    if not ends[node]:
        del ends[node]
