"""Components for the tests of the cycle picture."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from widgets.cycle_picture.making import cycle_model
from widgets.cycle_picture.model import CycleEdge, CycleModel, CycleTask

if TYPE_CHECKING:
    from collections.abc import Sequence

TITLES = (
    "Fix the parser of dates",
    "Write the import guide",
    "Retry uploads that time out",
    "Upgrade the graph driver",
    "Schema v3",
    "Refactor the group commit so that a bad one fails alone",
    "Docs",
    "Release 0.2",
    "Benchmark search by meaning",
    "Ask for the logo",
)
CHORDS: dict[int, Sequence[tuple[int, int]]] = {
    3: [(1, 0)],
    4: [(0, 2), (2, 0)],
    7: [(1, 4), (4, 1), (6, 3)],
    10: [(0, 5), (3, 8), (1, 0)],
    12: [(0, 6), (8, 2), (2, 8), (5, 5)],
    25: [(0, 15), (20, 4)],
}


def ring(count: int, chords: Sequence[tuple[int, int]] = (), cut: int | None = None) -> CycleModel:
    """Tasks in a ring, with further edges."""
    steps = [(task, (task + 1) % count) for task in range(count)]
    edges = dict.fromkeys([*steps, *chords])
    return CycleModel(
        tasks=tuple(
            CycleTask(f"bd-{(task * 7919 + 4211) % 65536:04x}", TITLES[task % len(TITLES)])
            for task in range(count)
        ),
        edges=tuple(CycleEdge(*ends) for ends in edges),
        cycle=tuple(range(count)),
        cuts=() if cut is None else (cut,),
    )


def sample(count: int) -> CycleModel:
    """A component of ``count`` tasks that looks like one from life."""
    if count <= 40:
        return ring(count, CHORDS.get(count, ()), cut=count // 2)
    random = Random(count)  # noqa: S311 - the same component every time
    names = [f"bd-{number:04x}" for number in random.sample(range(16**4), count)]
    ends = [(names[task], names[(task + 1) % count], "blocks") for task in range(count)]
    ends += [(random.choice(names), random.choice(names), "blocks") for _ in range(count)]
    ends.append((names[3], names[1], "parent-child"))
    titles = {name: TITLES[place % len(TITLES)] for place, name in enumerate(names)}
    return cycle_model(names, ends, titles=titles, cycle=names[1:4], cuts=[(names[3], names[1])])
