"""What a person needs to know of a component: a shortest cycle, how many, and what to cut."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.cycles.cuts import Chooser, CutSet, following_of
from engine.cycles.elementary import Enumeration

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DAY = 86_400.0
MOST_CYCLES = 1000
"""Elementary cycles counted at most; there can be exponentially many."""


@dataclass(frozen=True, slots=True)
class Edge:
    """``waiter`` waits for ``waited_for``; when and by whom that was said."""

    waiter: str
    waited_for: str
    kind: str
    created_at: float = 0.0
    created_by: str = ""
    priority: int = 2
    """Of the task that waits; 0 is the most urgent."""

    @property
    def ends(self) -> tuple[str, str]:
        """Who waits, for whom."""
        return self.waiter, self.waited_for


@dataclass(frozen=True, slots=True)
class Explanation:
    """A shortest cycle, the number of cycles, and the suggested cuts with their reasons."""

    cycle: list[str]
    cycles: int
    """Elementary cycles that were found."""
    cycles_complete: bool
    """Whether those are all."""
    cuts: list[tuple[Edge, str]]
    """Links to remove together, each with its reason."""
    bounded: bool
    """Whether more cycles, a shorter one or a better cut may exist: time or depth ran out."""


def explain(
    tasks: Sequence[str],
    edges: Sequence[Edge],
    *,
    now: float,
    max_depth: int,
    in_time: Callable[[], bool],
) -> Explanation:
    """Explain a component. A cycle is always given, however little time there is.

    ``max_depth`` is the number of tasks up to which cycles are counted. ValueError when there is
    no cycle.
    """
    numbers = {task: number for number, task in enumerate(tasks)}
    following = following_of(numbers, (edge.ends for edge in edges))
    ring = all(len(ends) == 1 for ends in following)  # then all is known without a search
    shortest, is_shortest = _shortest(following, in_time)
    known = Enumeration(following, max_depth)
    if not ring:
        known.run(MOST_CYCLES, in_time)
    cycles = [[tasks[n] for n in cycle] for cycle in known.found]
    cycle = [tasks[n] for n in shortest]
    chooser = Chooser(tasks, edges, cycles or [cycle], in_time)
    cut = chooser.choose_in_ring() if ring else chooser.choose()
    complete = ring or known.complete
    bounded = not (is_shortest and complete and cut.tried_all)
    count = max(1, len(cycles))  # one is known even if there was no time to count
    reasons = _Reasons(cut, len(tasks), count, complete, now)
    told = [(edge, reasons.of(edge)) for edge in cut.links]
    return Explanation(cycle, count, complete, told, bounded)


def _shortest(
    following: Sequence[Sequence[int]], in_time: Callable[[], bool]
) -> tuple[list[int], bool]:
    """A shortest cycle, and whether there was the time to know that it is."""
    best: list[int] | None = None
    # one without a fork is all there is: nothing leads out of it
    for task in [task for task, ends in enumerate(following) if len(ends) > 1] or [0]:
        if best is not None and (len(best) == 1 or not in_time()):
            return best, len(best) == 1
        found = cycle_through(task, following, len(best) - 1 if best else len(following))
        best = found or best
    if best is None:
        raise ValueError("the tasks given form no cycle")
    return best, True


def cycle_through(start: int, following: Sequence[Sequence[int]], longest: int) -> list[int] | None:
    """A shortest cycle of at most ``longest`` through ``start``, in order; breadth-first."""
    before: dict[int, int] = {}
    front, depth = deque([start]), 0
    while front and depth < longest:
        depth += 1
        for _ in range(len(front)):
            here = front.popleft()
            for there in following[here]:
                if there == start:
                    return _trace(before, start, here)
                if there not in before:
                    before[there] = here
                    front.append(there)
    return None


def _trace(before: dict[int, int], start: int, end: int) -> list[int]:
    chain = [end]
    while chain[-1] != start:
        chain.append(before[chain[-1]])
    return chain[::-1]


@dataclass(frozen=True, slots=True)
class _Reasons:
    cut: CutSet
    tasks: int
    cycles: int
    complete: bool
    now: float

    def of(self, edge: Edge) -> str:
        """For instance ``breaks 4 of 4 cycles, frees 7 of 7 tasks; added today; priority 3``."""
        others = len(self.cut.links) - 1
        said = f"with {others} more link{'s' if others > 1 else ''} " if others else ""
        known = f"{self.cycles} cycle{'s' if self.cycles > 1 else ''}"
        if not self.complete:
            known += " known"
        freed = self.tasks - self.cut.left
        said += f"breaks {self.cut.broken} of {known}, frees {freed} of {self.tasks} tasks"
        return f"{said}{self._added(edge)}; priority {edge.priority}"

    def _added(self, edge: Edge) -> str:
        if not edge.created_at:
            return ""
        days = max(0, int((self.now - edge.created_at) / DAY))
        when = "today" if days == 0 else f"{days} day{'s' if days > 1 else ''} ago"
        return f"; added {when}" + (f" by {edge.created_by}" if edge.created_by else "")
