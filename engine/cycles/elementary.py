"""The elementary cycles of a component, as many as there is room and time for."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Following = Sequence[Sequence[int]]


class Enumeration:
    """Cycles of at most ``longest`` nodes, each once.

    ``complete`` says that those are surely all: no bound was met that could have hidden one.

    Johnson's algorithm (1975) with the bound on the length of Gupta and Suzumura ("Finding All
    Bounded-Length Simple Cycles in a Directed Graph", 2021): a node from which the root can't be
    reached any more is closed until a node that it leans on is opened again.
    """

    def __init__(self, following: Following, longest: int) -> None:
        self._following = following
        self._longest = min(longest, len(following))
        self.found: list[list[int]] = []
        self.complete = self._longest == len(following)

    def run(self, most: int, in_time: Callable[[], bool]) -> None:
        """Find up to ``most`` cycles while ``in_time()``."""
        leading: list[list[int]] = [[] for _ in self._following]
        for node, ends in enumerate(self._following):
            for end in ends:
                leading[end].append(node)
        for root in range(len(self._following)):
            inside = _reaching(root, leading)
            for cycle in self._from(root, inside):
                if cycle:
                    self.found.append(cycle)
                if len(self.found) >= most or not in_time():
                    self.complete = False
                    return

    def _from(self, root: int, inside: set[int]) -> Iterator[list[int]]:
        """Cycles whose least node is ``root``; empty lists in between, to look at the clock."""
        path, tails = [root], [0]
        left = [iter(self._following[root])]
        search = _Doors(self._longest)
        while left:
            for node in left[-1]:
                if node == root:
                    tails[-1] = 1
                    yield list(path)
                elif node in inside and search.open(node, len(path)):
                    search.enter(node, len(path))
                    path.append(node)
                    tails.append(0)
                    left.append(iter(self._following[node]))
                    break
            else:
                left.pop()
                node, tail = path.pop(), tails.pop()
                if tail and tails:
                    tails[-1] = min(tails[-1] or tail + 1, tail + 1)
                search.leave(node, tail, self._following[node], path)
                yield []


class _Doors:
    """Up to which length of the path a node may still be entered."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._limit: dict[int, int] = {}
        self._leaning: defaultdict[int, set[int]] = defaultdict(set)

    def open(self, node: int, length: int) -> bool:
        return length < self._limit.get(node, self._longest)

    def enter(self, node: int, length: int) -> None:
        self._limit[node] = length

    def leave(self, node: int, tail: int, ends: Sequence[int], path: Sequence[int]) -> None:
        """``tail``: edges from the node to the root on the shortest way found; 0 for none."""
        # also when a way was found: there may be a shorter one through what is on the path now
        for end in ends:
            self._leaning[end].add(node)
        opening = [(node, tail)] if tail else []
        while opening:
            node, tail = opening.pop()
            limit = self._longest - tail + 1
            if self._limit.get(node, self._longest) < limit:
                self._limit[node] = limit
                opening += [(other, tail + 1) for other in self._leaning[node].difference(path)]


def _reaching(root: int, leading: Sequence[Sequence[int]]) -> set[int]:
    """Nodes from ``root`` up that reach it through such nodes."""
    reached, front = {root}, deque([root])
    while front:
        for node in leading[front.popleft()]:
            if node > root and node not in reached:
                reached.add(node)
                front.append(node)
    return reached
