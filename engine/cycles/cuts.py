"""Which links to remove so that a component falls apart: as few as free most."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from engine.cycles.strong import of_pairs
from engine.tasks import PARENT_CHILD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from engine.cycles.explain import Edge

    Ends = tuple[str, str]

TRIED_ALL = 200
"""Up to so many pairs of tasks each is tried as the cut; of more, the busiest."""
TRIED_BUSIEST = 40
MOST_CUTS = 5
"""Pairs of tasks parted by one suggestion at most."""


class CutSet(NamedTuple):
    """Links to remove together; all links between the same two tasks go at once."""

    links: list[Edge]
    broken: int
    """Of the known cycles."""
    left: int
    """Tasks that are still in cycles without them."""
    tried_all: bool
    """Whether another choice of as many links can't free more, as far as single steps go."""


class Chooser:
    """Takes the best pair of tasks to part, then the best after that, until nothing is left.

    Best: leaves the fewest tasks in cycles, then breaks the most known cycles, then is the fewest
    links, then is not a parent and its child, then is the newest (what was added last is what made
    the cycle), then lets the more urgent task go on.
    """

    def __init__(
        self,
        tasks: Sequence[str],
        edges: Sequence[Edge],
        cycles: Sequence[Sequence[str]],
        in_time: Callable[[], bool],
    ) -> None:
        self._numbers = {task: number for number, task in enumerate(tasks)}
        self._links: dict[Ends, list[Edge]] = {}
        for edge in edges:
            self._links.setdefault(edge.ends, []).append(edge)
        self._cycles = [set(steps(cycle)) for cycle in cycles]
        self._in_time = in_time
        self._tried_all = True

    def choose(self) -> CutSet:
        """One pair if it frees all, else as many as are needed, at most :data:`MOST_CUTS`."""
        chosen: list[Ends] = []
        left = len(self._numbers)
        while left and len(chosen) < MOST_CUTS and (not chosen or self._in_time()):
            best, left_then = self._best(chosen)
            if chosen and left_then == left and not self._breaks(best, chosen):
                break
            chosen.append(best)
            left = left_then
        links = [link for pair in chosen for link in self._links[pair]]
        broken = sum(1 for cycle in self._cycles if not cycle.isdisjoint(chosen))
        return CutSet(links, broken, left, self._tried_all)

    def choose_in_ring(self) -> CutSet:
        """For tasks that form one plain ring: any pair frees all."""
        best = min(self._links, key=lambda pair: (_merit(self._links[pair]), pair))
        return CutSet(self._links[best], 1, 0, True)

    def _best(self, chosen: Sequence[Ends]) -> tuple[Ends, int]:
        ranked: list[tuple[tuple[int, int, int, bool, float, int], Ends]] = []
        for pair in self._candidates(chosen):
            if ranked and not self._in_time():
                self._tried_all = False
                break
            left = self._left([*chosen, pair])
            ranked.append(((left, -self._breaks(pair, chosen), *_merit(self._links[pair])), pair))
        (left, *_), best = min(ranked)
        return best, left

    def _breaks(self, pair: Ends, chosen: Sequence[Ends]) -> int:
        """Known cycles through ``pair`` that those chosen leave."""
        return sum(1 for cycle in self._cycles if pair in cycle and cycle.isdisjoint(chosen))

    def _candidates(self, chosen: Sequence[Ends]) -> Iterable[Ends]:
        rest = [pair for pair in self._links if pair not in chosen]
        if len(rest) <= TRIED_ALL:
            return rest
        self._tried_all = False
        busy = Counter(pair for cycle in self._cycles if cycle.isdisjoint(chosen) for pair in cycle)
        return [pair for pair, _ in busy.most_common(TRIED_BUSIEST)] or rest[:TRIED_BUSIEST]

    def _left(self, without: Sequence[Ends]) -> int:
        kept = [pair for pair in self._links if pair not in without]
        starts = [self._numbers[waiter] for waiter, _ in kept]
        ends = [self._numbers[waited_for] for _, waited_for in kept]
        return sum(map(len, of_pairs(len(self._numbers), starts, ends)))


def _merit(links: Sequence[Edge]) -> tuple[int, bool, float, int]:
    return (
        len(links),
        any(link.kind == PARENT_CHILD for link in links),
        -max(link.created_at for link in links),
        min(link.priority for link in links),
    )


def steps(cycle: Sequence[str]) -> list[Ends]:
    """The pairs of tasks along a cycle, the last to the first included."""
    return list(zip(cycle, [*cycle[1:], *cycle[:1]], strict=True))


def following_of(tasks: Mapping[str, int], pairs: Iterable[Ends]) -> list[list[int]]:
    """Whom each task waits for, as sorted numbers, each once."""
    found: list[set[int]] = [set() for _ in tasks]
    for waiter, waited_for in pairs:
        found[tasks[waiter]].add(tasks[waited_for])
    return [sorted(ends) for ends in found]
