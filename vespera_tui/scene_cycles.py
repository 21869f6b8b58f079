"""The cycles of the written part, and what becomes of them when they are cut."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from engine.cycle_views import Cut, CutRecord, CycleComponent, CycleRecord, CycleReport
from engine.errors import InvalidInputError, TaskNotFoundError
from engine.tasks import Link, Task
from vespera_tui.demo.clock import NOW

if TYPE_CHECKING:
    from collections.abc import Sequence

HOUR = 3_600.0
EDGES_CHECKED = 1_243
TITLES = {
    "t-7hq2": "Refuse to import what is not a task",
    "t-b83f": "Publish the format of the export",
    "t-k4wd": "Agree on the fields of a task",
    "t-m9xe": "Let agents hand work back",
    "t-2rpv": "Say who holds a task",
    "t-ye5n": "Retry uploads that time out",
    "t-c6dj": "Tell why an upload failed",
}


def _component(
    number: int, path: str, more: str, cut: tuple[str, str, str], reason: str, *, hours: float
) -> CycleComponent:
    """``path`` is the ring, ``more`` further links, written as pairs of ids."""
    ring = tuple(path.split())
    extra = more.split()
    edges = [
        *((a, b, "blocks") for a, b in zip(ring, (*ring[1:], ring[0]), strict=True)),
        *((a, b, "parent-child") for a, b in zip(extra[::2], extra[1::2], strict=True)),
    ]
    suggested = Cut(*cut, reason)
    return CycleComponent(
        ring,
        ring,
        suggested,
        tuple(edges),
        NOW - hours * HOUR,
        id=number,
        cuts=(suggested,),
        cycles=1 + len(extra) // 2,
    )


COMPONENTS = (
    _component(
        12,
        "t-m9xe t-2rpv t-ye5n t-c6dj",
        "t-ye5n t-m9xe",
        ("t-2rpv", "t-ye5n", "blocks"),
        "breaks 2 of 2 cycles, frees 4 of 4 tasks; added 2 days ago by agent-7",
        hours=50,
    ),
    _component(
        14,
        "t-7hq2 t-b83f t-k4wd",
        "",
        ("t-k4wd", "t-7hq2", "blocks"),
        "breaks 1 of 1 cycle, frees 3 of 3 tasks; added today by ada",
        hours=0.75,
    ),
)
GONE = tuple(
    CycleRecord(number, ("t-a", "t-b"), ("t-a", "t-b"), (), NOW - born * HOUR, NOW - born * HOUR,
                NOW - ended * HOUR)
    for number, born, ended in ((8, 140, 96), (9, 120, 20), (10, 90, 44))
)  # fmt: skip


@dataclass(slots=True)
class CyclePlay:
    """Which cycles there are now; a cut takes one away and putting back brings it again."""

    now: float = NOW
    components: tuple[CycleComponent, ...] = ()
    past: tuple[CycleRecord, ...] = ()
    cuts: list[CutRecord] = field(default_factory=list)
    gone: dict[int, CycleComponent] = field(default_factory=dict)
    """What each cut took away, by its id."""

    def __post_init__(self) -> None:
        """Let all have happened before now."""
        later = self.now - NOW
        self.components = tuple(replace(each, born_at=each.born_at + later) for each in COMPONENTS)
        self.past = tuple(
            replace(each, born_at=each.born_at + later, resolved_at=(each.resolved_at or 0) + later)
            for each in GONE
        )

    def report(self) -> CycleReport:
        """What a check finds."""
        return CycleReport(self.components, self.now - 4, EDGES_CHECKED)

    def history(self) -> list[CycleRecord]:
        """Alive and gone, the latest born first."""
        alive = [
            CycleRecord(each.id, each.tasks, each.cycle, each.cuts, each.born_at, each.born_at)
            for each in self.components
        ]
        return sorted([*alive, *self.past], key=lambda each: -each.born_at)

    def cut(self, component: int, actor: str) -> CutRecord:
        """Take a component away. InvalidInputError when there is none of that id."""
        found = next((each for each in self.components if each.id == component), None)
        if found is None:
            raise InvalidInputError(f"component: no cycle alive has the id {component}")
        links = tuple((cut.from_, cut.to, cut.kind) for cut in found.cuts)
        done = CutRecord(len(self.cuts) + 1, component, links, self.now, actor)
        self.components = tuple(each for each in self.components if each is not found)
        self.gone[done.id] = found
        self.cuts.append(done)
        return done

    def put_back(self, cut_id: int, actor: str) -> CutRecord:
        """Bring back what a cut took away. InvalidInputError when there is nothing to undo."""
        if cut_id not in self.gone:
            raise InvalidInputError(f"cut: {cut_id} is not there, or was put back already")
        self.components = (*self.components, self.gone.pop(cut_id))
        at = cut_id - 1
        self.cuts[at] = replace(self.cuts[at], undone_at=self.now, undone_by=actor)
        return self.cuts[at]


class PlayedCycles:
    """The part of the interface about cycles, over a :class:`CyclePlay`."""

    # ruff: noqa: D102, ARG002 - EngineAPI says what the calls are for; it has more parameters

    __slots__ = ()
    cycle_play: CyclePlay

    async def cycles(self) -> CycleReport:
        return self.cycle_play.report()

    async def cycle_history(self, limit: int = 100) -> list[CycleRecord]:
        return self.cycle_play.history()[:limit]

    async def cycle_cuts(self, limit: int = 100) -> list[CutRecord]:
        return self.cycle_play.cuts[::-1][:limit]

    async def apply_cut(
        self,
        component: int = 0,
        *,
        edges: Sequence[tuple[str, str, str]] = (),
        actor: str = "",
        idempotency_key: str = "",
    ) -> CutRecord:
        done = self.cycle_play.cut(component, actor)
        self.tell_cut("cycle.cut", done, actor)
        return done

    async def undo_cut(
        self, cut_id: int, *, actor: str = "", idempotency_key: str = ""
    ) -> CutRecord:
        done = self.cycle_play.put_back(cut_id, actor)
        self.tell_cut("cycle.cut_undone", done, actor)
        return done

    def tell_cut(self, kind: str, done: CutRecord, actor: str) -> None:
        """Let what happened be among the events."""
        raise NotImplementedError

    async def get_task(self, task_id: str) -> Task:
        if task_id not in TITLES:
            raise TaskNotFoundError(task_id)
        return Task(task_id, TITLES[task_id], created_at=NOW - 90 * HOUR, project="import")

    async def get_links(self, task_id: str) -> list[Link]:
        edges = (edge for each in self.cycle_play.components for edge in each.edges)
        return [Link(*edge) for edge in edges if task_id in edge[:2]]
