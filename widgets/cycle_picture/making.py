"""A model from names: numbered in the order of the ring, its links merged by their ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from widgets.cycle_picture.model import CycleEdge, CycleModel, CycleTask
from widgets.cycle_picture.ordering import ring_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


def cycle_model(
    tasks: Sequence[str],
    edges: Iterable[tuple[str, str, str]],
    *,
    titles: Mapping[str, str] | None = None,
    cycle: Sequence[str] = (),
    cuts: Sequence[tuple[str, str]] = (),
    reason: str = "",
    note: str = "",
) -> CycleModel:
    """The model of a component.

    ``edges`` say who waits, for whom, by which kind of link; links to tasks outside ``tasks`` are
    left out. ``cycle`` is a shortest cycle in order; ``cuts`` are the ends of the links suggested
    for cutting.
    """
    titles = titles or {}
    names = list(dict.fromkeys(tasks))
    place = {name: index for index, name in enumerate(names)}
    kinds: dict[tuple[int, int], dict[str, None]] = {}
    for waiter, waited_for, kind in edges:
        if waiter in place and waited_for in place:
            kinds.setdefault((place[waiter], place[waited_for]), {})[kind] = None
    start = [place[name] for name in cycle if name in place]
    order = ring_order(len(names), list(kinds), start)
    number = {old: new for new, old in enumerate(order)}
    merged = tuple(
        sorted(
            (
                CycleEdge(number[waiter], number[waited_for], tuple(sorted(own)))
                for (waiter, waited_for), own in kinds.items()
            ),
            key=lambda edge: (edge.waiter, edge.waited_for),
        )
    )
    ends = {(edge.waiter, edge.waited_for): index for index, edge in enumerate(merged)}
    cut = [(number.get(place.get(a, -1)), number.get(place.get(b, -1))) for a, b in cuts]
    return CycleModel(
        tasks=tuple(CycleTask(names[old], titles.get(names[old], "")) for old in order),
        edges=merged,
        cycle=tuple(number[old] for old in start),
        cuts=tuple(sorted({ends[pair] for pair in cut if pair in ends})),
        reason=reason,
        note=note,
    )
