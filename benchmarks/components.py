"""Made-up components for the picture of a cycle: a ring through all tasks, and links across it."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from widgets.cycle_picture.making import cycle_model

if TYPE_CHECKING:
    from widgets.cycle_picture.model import CycleModel

SHAPES = (
    (3, 1),
    (10, 3),
    (11, 0),
    (11, 10),
    (11, 40),
    (40, 0),
    (40, 10),
    (40, 40),
    (60, 60),
    (500, 500),
    (5_000, 5_000),
)
"""Tasks and links across: rings, tracks, matrices."""


def component(tasks: int, across: int) -> CycleModel:
    """The same one each time; its cut is one of the ring's links."""
    random = Random(tasks * 31 + across)  # noqa: S311 - made-up links, no secret
    names = [f"bd-{number:05x}" for number in random.sample(range(16**5), tasks)]
    ring = [(names[at], names[(at + 1) % tasks]) for at in range(tasks)]
    chords: dict[tuple[str, str], None] = {}
    while len(chords) < across:
        ends = random.choice(names), random.choice(names)
        if ends[0] != ends[1] and ends not in ring[:60]:
            chords[ends] = None
    return cycle_model(
        names,
        [(*ends, "blocks") for ends in (*ring, *chords)],
        titles={name: f"A title of the task {name}" for name in names},
        cycle=names,
        cuts=[ring[tasks // 2]],
    )
