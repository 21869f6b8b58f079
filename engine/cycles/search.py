"""The two-way search that decides whether a new edge closes a cycle.

Works on nodes as whole numbers, with labels that rise along every edge. The low bits of a label are
its node, so that labels are unique and a heap of them needs no pairs.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Adjacency = Sequence[Sequence[int]]

NODE_BITS = 32
NODE = (1 << NODE_BITS) - 1
NO_LABEL = 1 << 400
"""Above every label; its negative is below every label."""
EVERY = 1 << 62
"""More edges than there are."""


class Affected(NamedTuple):
    """What was visited without finding a path; the order has to be mended among these."""

    forward: dict[int, int]
    """Node -> the one it was reached from; all are reached from the edge's end."""
    backward: dict[int, int]
    lowest: int
    """Nodes of ``backward`` with labels above this had all edges into them followed ..."""
    highest: int
    """... and those of ``forward`` below this all edges out of them."""


def two_way(  # noqa: C901, PLR0911, PLR0912 - the innermost loop of every write: no call a node
    label: Sequence[int],
    after: Adjacency,
    before: Adjacency,
    start: int,
    goal: int,
    most: int = EVERY,
) -> list[int] | Affected:
    """A path from ``start`` to ``goal``, or what was visited to find that there is none.

    An empty path when that takes more than following about ``most`` edges.

    For ``label[start] < label[goal]`` or equal nodes. From ``start`` nodes are followed lowest
    label first, from ``goal`` backwards highest first, so the two meet in the middle and never look
    beyond the two labels. The side that has followed fewer edges goes on, so a node with many edges
    on one side costs nothing when the other ends soon. (The compatible search of Haeupler,
    Kavitha, Mathew, Sen and Tarjan, "Incremental Cycle Detection, Topological Ordering, and Strong
    Component Maintenance", 2012, section 3, balanced by edges.)
    """
    if start == goal:
        return [start]
    bottom, top = label[start], label[goal]
    forward, backward = {start: -1}, {goal: -1}
    up, down = [bottom], [-top]
    above, below = NO_LABEL, -NO_LABEL
    out_of, into = after[start], before[goal]
    ahead = len(into) - len(out_of)
    while True:
        if ahead >= 0:
            here = heappop(up) & NODE
            for node in out_of:
                if node not in forward:
                    place = label[node]
                    if place < top:
                        if node in backward:
                            return _joined(forward, here, node, backward)
                        forward[node] = here
                        heappush(up, place)
                    elif place == top:
                        return _joined(forward, here, node, backward)
                    elif place < above:
                        above = place
            if not up or up[0] > -down[0]:
                break
            step = 1 + len(out_of := after[up[0] & NODE])
            ahead -= step
        else:
            there = -heappop(down) & NODE
            for node in into:
                if node not in backward:
                    place = label[node]
                    if place > bottom:
                        if node in forward:
                            return _joined(forward, node, there, backward)
                        backward[node] = there
                        heappush(down, -place)
                    elif place == bottom:
                        return _joined(forward, node, there, backward)
                    elif place > below:
                        below = place
            if not down or up[0] > -down[0]:
                break
            step = 1 + len(into := before[-down[0] & NODE])
            ahead += step
        most -= step
        if most < 0:
            return []
    return Affected(forward, backward, -down[0] if down else below, up[0] if up else above)


def _joined(
    forward: Mapping[int, int], left: int, right: int, backward: Mapping[int, int]
) -> list[int]:
    path = []
    while left >= 0:
        path.append(left)
        left = forward[left]
    path.reverse()
    while right >= 0:
        path.append(right)
        right = backward[right]
    return path
