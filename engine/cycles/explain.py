"""What a person needs to know of a component: a shortest cycle, and the best link to cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.cycles.components import adjacency, components, cycle_through
from engine.tasks import PARENT_CHILD

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DAY = 86_400.0
TRIED_ALL = 200
"""Components of up to so many edges have every edge tried as the cut; larger ones the cycle's."""


@dataclass(frozen=True, slots=True)
class Edge:
    """``waiter`` waits for ``waited_for``; when and by whom that was said."""

    waiter: str
    waited_for: str
    kind: str
    created_at: float = 0.0
    created_by: str = ""

    @property
    def ends(self) -> tuple[str, str]:
        """Who waits, for whom."""
        return self.waiter, self.waited_for


@dataclass(frozen=True, slots=True)
class Explanation:
    """A shortest cycle and the suggested cut with its reason."""

    cycle: list[str]
    cut: Edge
    reason: str
    bounded: bool
    """Whether a shorter cycle or a better cut may exist: time or depth ran out."""


def explain(
    tasks: Sequence[str],
    edges: Sequence[Edge],
    *,
    now: float,
    max_depth: int,
    in_time: Callable[[], bool],
) -> Explanation:
    """Explain a component. A cycle is always given, however little time there is."""
    cycle, complete = _shortest(tasks, edges, in_time)
    candidates = list(edges) if len(edges) <= TRIED_ALL else _along(cycle, edges)
    best, left, tried_all = _best_cut(candidates, edges, in_time)
    bounded = not (complete and tried_all) or len(cycle) > max_depth
    return Explanation(cycle, best, _reason(best, len(tasks), left, now), bounded)


def _shortest(
    tasks: Sequence[str], edges: Sequence[Edge], in_time: Callable[[], bool]
) -> tuple[list[str], bool]:
    following = adjacency(edge.ends for edge in edges)
    best: list[str] | None = None
    for task in tasks:
        if best is not None and not in_time():
            return best, False
        found = cycle_through(task, following)
        if found is not None and (best is None or len(found) < len(best)):
            best = found
    if best is None:
        raise ValueError("the tasks given form no cycle")
    return best, True


def _along(cycle: Sequence[str], edges: Sequence[Edge]) -> list[Edge]:
    steps = set(zip(cycle, [*cycle[1:], cycle[0]], strict=True))
    return [edge for edge in edges if edge.ends in steps]


def _best_cut(
    candidates: Sequence[Edge], edges: Sequence[Edge], in_time: Callable[[], bool]
) -> tuple[Edge, int, bool]:
    """The cut that leaves the fewest tasks in cycles; then not a parent, then the newest."""
    ranked: list[tuple[tuple[int, bool, float], Edge]] = []
    complete = True
    for edge in candidates:
        if ranked and not in_time():
            complete = False
            break
        rest = [other.ends for other in edges if other is not edge]
        left = sum(len(component) for component in components(rest))
        ranked.append(((left, edge.kind == PARENT_CHILD, -edge.created_at), edge))
    (left, _, _), best = min(ranked, key=lambda pair: (pair[0], pair[1].ends))
    return best, left, complete


def _reason(edge: Edge, total: int, left: int, now: float) -> str:
    said = f"frees {total - left} of {total} tasks"
    if edge.created_at:
        days = max(0, int((now - edge.created_at) / DAY))
        when = "today" if days == 0 else f"{days} day{'s' if days > 1 else ''} ago"
        said += f"; added {when}"
        if edge.created_by:
            said += f" by {edge.created_by}"
    return said
