"""A topological order that is kept while edges come and go.

Pure: nodes are whole numbers, an edge ``(a, b)`` says that a comes before b.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from engine.cycles.search import EVERY, NO_LABEL, NODE, NODE_BITS, Affected, two_way

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

GAP = 1 << 32
"""Room between neighbours in the order, for nodes that are moved between them later."""
SPREAD = 0x9E3779B97F4A7C15
"""An odd multiplier (Knuth's, for 64 bits): nodes placed at the same spot get different labels."""


class TopologicalOrder:
    """Labels that rise along every edge, so most new edges are checked by one comparison.

    An edge against the order starts :func:`two_way`; then only the nodes it visited on the wrong
    side of the widest gap between them are moved into that gap, which keeps the gaps wide. Removing
    edges leaves the order as it is. Adding an edge costs O(sqrt(m) log n) amortised over additions;
    removing one costs the degree of its ends.
    """

    def __init__(self) -> None:
        self.label: list[int] = []
        self.after: list[array[int]] = []
        """Ends of the edges out of a node; equal edges are in it as often as they were added.

        Arrays and not lists: half the memory, and their numbers lie side by side, so that searches
        are a fifth quicker and copying all of them is several times as quick.
        """
        self.before: list[array[int]] = []
        self._free: list[int] = []

    def __len__(self) -> int:
        """Numbers in use or free for use: every node is below this."""
        return len(self.label)

    def new_node(self) -> int:
        """A node without edges."""
        if self._free:
            return self._free.pop()
        node = len(self.label)
        self.label.append((node * SPREAD % GAP) << NODE_BITS | node)
        self.after.append(array("i"))
        self.before.append(array("i"))
        return node

    def drop_node(self, node: int) -> None:
        """Let the number be used again. ValueError while the node has edges."""
        if self.after[node] or self.before[node]:
            raise ValueError(f"node {node} has edges")
        self._free.append(node)

    def load(self, after: Sequence[array[int]], sequence: Iterable[int]) -> None:
        """Replace all by nodes ``0..len(after)-1``; ``sequence`` has each, in topological order."""
        self.after = list(after)
        self.before = [array("i") for _ in after]
        for node, ends in enumerate(after):
            for end in ends:
                self.before[end].append(node)
        self.label = [0] * len(self.after)
        self._number(sequence)

    def insert(self, first: int, then: int, most: int = EVERY) -> list[int] | None:
        """Add an edge; or, when it would close a cycle, only the path back from ``then``.

        An empty path when that is not known after following about ``most`` edges.
        """
        while self.label[first] >= self.label[then]:
            found = two_way(self.label, self.after, self.before, then, first, most)
            if not isinstance(found, Affected):
                return found
            self._mend(found)
        self.after[first].append(then)
        self.before[then].append(first)
        return None

    def delete(self, first: int, then: int) -> None:
        """Remove one edge. ValueError when there is none."""
        self.after[first].remove(then)
        self.before[then].remove(first)

    def _mend(self, found: Affected) -> None:
        labels = self.label.__getitem__
        backward = sorted(map(labels, found.backward))
        forward = sorted(map(labels, found.forward))
        low, high = _widest_gap(found, backward, forward)
        # what leads to the edge goes below what follows it, each in the order it had
        moving = [p for p in backward if p >= high] + [p for p in forward if p <= low]
        if not self._place(moving, low >> NODE_BITS, high >> NODE_BITS):
            self._number([place & NODE for place in sorted(self.label)])

    def _place(self, moving: Sequence[int], low: int, high: int) -> bool:
        """Put them strictly between two heights; False when there is no room."""
        step = min(GAP, (high - low) // (len(moving) + 1))
        if step == 0:
            return False
        start = low if low > -NO_LABEL >> NODE_BITS else high - step * (len(moving) + 1)
        loose = step // 2 + 1
        for number, place in enumerate(moving, 1):
            node = place & NODE
            height = start + step * number + node * SPREAD % loose
            self.label[node] = height << NODE_BITS | node
        return True

    def _number(self, sequence: Iterable[int]) -> None:
        for number, node in enumerate(sequence):
            self.label[node] = (number * GAP) << NODE_BITS | node


def _widest_gap(
    found: Affected, backward: Sequence[int], forward: Sequence[int]
) -> tuple[int, int]:
    """Neighbours among the visited labels within the limits that are farthest apart."""
    low, high = found.lowest, found.highest
    inside = sorted(p for p in (*backward, *forward) if low < p < high)
    return max(
        zip([low, *inside], [*inside, high], strict=True), key=lambda ends: ends[1] - ends[0]
    )
