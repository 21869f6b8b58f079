"""A shortest path between two nodes, for telling a person why a link was refused."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Neighbours = Callable[[int], Sequence[int]]


def shortest(
    start: int, goal: int, after: Neighbours, before: Neighbours, *, most: int | None = None
) -> list[int] | None:
    """A shortest path, breadth-first from both ends, the smaller front first.

    None when there is none, or when that took following more than ``most`` edges.
    """
    if start == goal:
        return [start]
    sides = (_Side(start, after), _Side(goal, before))
    followed = 0
    while all(side.front for side in sides) and (most is None or followed < most):
        ahead, behind = sides if len(sides[0].front) <= len(sides[1].front) else sides[::-1]
        meeting = ahead.advance(behind)
        if meeting is not None:
            return [*reversed(sides[0].back_from(meeting)), *sides[1].back_from(meeting)[1:]]
        followed += ahead.followed
    return None


class _Side:
    """One end's search: the nodes it reached, and the newest level of them."""

    def __init__(self, root: int, neighbours: Neighbours) -> None:
        self.reached = {root: -1}
        self.front = deque([root])
        self.followed = 0
        self._neighbours = neighbours

    def advance(self, other: _Side) -> int | None:
        """Reach one level further; a node that ``other`` reached too, if there is one."""
        self.followed = 0
        for _ in range(len(self.front)):
            here = self.front.popleft()
            for node in self._neighbours(here):
                self.followed += 1
                if node not in self.reached:
                    self.reached[node] = here
                    if node in other.reached:
                        return node
                    self.front.append(node)
        return None

    def back_from(self, node: int) -> list[int]:
        """The nodes from ``node`` back to the root."""
        path = [node]
        while (node := self.reached[node]) >= 0:
            path.append(node)
        return path
