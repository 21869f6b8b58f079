"""The cycles of the demonstration: planted among its tasks, found and explained by the engine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from engine.cycle_views import Cut, CutRecord, CycleComponent, CycleRecord
from engine.cycles.components import components
from engine.cycles.explain import Edge, explain
from engine.errors import InvalidInputError
from engine.tasks import BLOCKS, Link

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vespera_tui.demo.board import Board

HOUR = 3_600.0
DEPTH = 100
"""Tasks up to which cycles are counted."""


@dataclass(frozen=True, slots=True)
class Planted:
    """A ring in which each task waits for the next one; the last link closed it."""

    id: int
    hours: float
    """How long ago it was closed ..."""
    actor: str
    """... and by whom."""
    titles: tuple[tuple[str, str], ...]
    """By id, in the order of the ring."""
    chords: tuple[tuple[int, int], ...] = ()
    """Further links, by places in the ring."""


PLANTED = (
    Planted(
        12,
        50,
        "agent-7",
        (
            ("bd-m9xe", "Hand work back"),
            ("bd-2rpv", "Name the holder"),
            ("bd-ye5n", "Retry uploads"),
            ("bd-c6dj", "Explain failures"),
            ("bd-x7ta", "Log uploads"),
            ("bd-q2ns", "Show the log"),
            ("bd-w8hz", "Know the owner"),
        ),
        ((0, 2), (2, 5), (3, 6)),
    ),
    Planted(
        14,
        0.75,
        "ada",
        (
            ("bd-7hq2", "Refuse to import what is not a task"),
            ("bd-b83f", "Publish the format of the export"),
            ("bd-k4wd", "Agree on the fields of a task"),
        ),
    ),
)
GONE = ((8, 140, 96), (9, 120, 20), (10, 90, 44))
"""Earlier ones: id, and how many hours ago they were born and resolved."""


def ring_links(now: float) -> list[Link]:
    """The links of :data:`PLANTED`; ``now`` in Unix seconds."""
    links = []
    for each in PLANTED:
        ring = [task_id for task_id, _ in each.titles]
        ends = [*pairwise(ring), *((ring[a], ring[b]) for a, b in each.chords)]
        closed = now - each.hours * HOUR
        links += [
            Link(a, b, BLOCKS, closed - (9 + n) * HOUR, "ben") for n, (a, b) in enumerate(ends)
        ]
        links.append(Link(ring[-1], ring[0], BLOCKS, closed, each.actor))
    return links


class Cycles:
    """Which there are among the links of ``board``; a cut takes links out of it."""

    def __init__(self, board: Board, started: float) -> None:
        self._board, self._started = board, started
        self._checked: tuple[list[Link], tuple[CycleComponent, ...]] = ([], ())
        self.cuts: list[CutRecord] = []
        """The oldest first."""
        self._gone: dict[int, list[Link]] = {}
        """What each cut took away, by its id."""
        self._past = [
            CycleRecord(number, (), (), (), started - born * HOUR, started - born * HOUR,
                        started - ended * HOUR)
            for number, born, ended in GONE
        ]  # fmt: skip

    def now(self) -> tuple[CycleComponent, ...]:
        """Those alive, found anew when links changed."""
        if self._checked[0] != self._board.links:
            self._checked = list(self._board.links), tuple(self._found())
        return self._checked[1]

    def _found(self) -> list[CycleComponent]:
        links = [link for link in self._board.links if link.kind == BLOCKS]
        groups = components([(link.task_id, link.target_id) for link in links])
        return [self._explained(group, links) for group in groups]

    def _explained(self, tasks: list[str], links: Sequence[Link]) -> CycleComponent:
        edges = [
            Edge(link.task_id, link.target_id, link.kind, link.created_at, link.created_by,
                 self._board.tasks[link.task_id].priority)
            for link in links
            if link.task_id in tasks and link.target_id in tasks
        ]  # fmt: skip
        why = explain(tasks, edges, now=self._started, max_depth=DEPTH, in_time=lambda: True)
        cuts = tuple(Cut(*edge.ends, edge.kind, reason) for edge, reason in why.cuts)
        planted = next(each for each in PLANTED if {*tasks} & {name for name, _ in each.titles})
        return CycleComponent(
            tuple(tasks),
            tuple(why.cycle),
            cuts[0],
            tuple((edge.waiter, edge.waited_for, edge.kind) for edge in edges),
            self._started - planted.hours * HOUR,
            planted.id,
            cuts,
            why.cycles,
            why.cycles_complete,
        )

    def history(self) -> list[CycleRecord]:
        """Alive and gone, the latest born first."""
        alive = [
            CycleRecord(each.id, each.tasks, each.cycle, each.cuts, each.born_at, each.born_at)
            for each in self.now()
        ]
        return sorted([*alive, *self._past], key=lambda each: -each.born_at)

    def cut(
        self, component: int, edges: Sequence[tuple[str, str, str]], at: float, actor: str
    ) -> CutRecord:
        """Take the links of ``edges`` away, or those suggested for ``component``.

        InvalidInputError when there is no such component, it suggests others than ``edges``, or one
        of them is not there.
        """
        alive = {each.id: each for each in self.now()}
        if component and component not in alive:
            raise InvalidInputError(f"component: no cycle alive has the id {component}")
        cuts = alive[component].cuts if component else ()
        suggested = [(cut.from_, cut.to, cut.kind) for cut in cuts]
        ends = {*map(tuple, edges or suggested)}
        if component and not ends <= {*suggested}:
            raise InvalidInputError(f"cut: the suggestion for cycle {component} changed meanwhile")
        taken = [link for link in self._board.links if _ends(link) in ends]
        if len(taken) < len(ends):
            raise InvalidInputError("edges: not all of these links are there")
        done = CutRecord(len(self.cuts) + 1, component, tuple(map(_ends, taken)), at, actor)
        self._board.links = [link for link in self._board.links if link not in taken]
        self._gone[done.id] = taken
        self.cuts.append(done)
        return done

    def put_back(self, cut_id: int, at: float, actor: str) -> CutRecord:
        """Put back what a cut took away. InvalidInputError when there is nothing to undo."""
        if cut_id not in self._gone:
            raise InvalidInputError(f"cut: {cut_id} is not there, or was put back already")
        self._board.links += self._gone.pop(cut_id)
        undone = replace(self.cuts[cut_id - 1], undone_at=at, undone_by=actor)
        self.cuts[cut_id - 1] = undone
        return undone


def _ends(link: Link) -> tuple[str, str, str]:
    return link.task_id, link.target_id, link.kind
