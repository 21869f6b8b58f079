"""From what the engine reports of cycles to what the widgets show: pure functions."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from widgets.cycle_list import CycleLife, CycleRow
from widgets.cycle_picture.making import cycle_model
from widgets.words import age

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from engine.cycle_views import CycleComponent, CycleRecord, CycleReport
    from widgets.cycle_picture.model import CycleModel

DAY = 86_400.0
DAYS, PARTS = 7, 28
"""The span of the curves, and its parts."""
NAMED = 12
"""Tasks of a path that are named."""


def component_model(
    component: CycleComponent, *, titles: Mapping[str, str], now: float
) -> CycleModel:
    """The picture of one component; ``now`` in Unix seconds."""
    cuts = component.cuts or (component.suggested_cut,)
    return cycle_model(
        component.tasks,
        component.edges or _steps(component),
        titles=titles,
        cycle=component.cycle,
        cuts=[(cut.from_, cut.to) for cut in cuts],
        reason=cuts[0].reason,
        note=component_note(component, now),
    )


def component_note(component: CycleComponent, now: float) -> str:
    """What else is worth a line: how many cycles it holds, its age."""
    notes = [_count(component)]
    if component.born_at:
        notes.append(f"since {age(now - component.born_at)}")
    if component.bounded:
        notes.append("explained as far as time and depth allow")
    return "; ".join(notes)


def _steps(component: CycleComponent) -> list[tuple[str, str, str]]:
    """The cycle's own links, for a component whose links were not reported."""
    around = pairwise((*component.cycle, *component.cycle[:1]))
    return [(waiter, waited_for, "blocks") for waiter, waited_for in around]


def _count(component: CycleComponent) -> str:
    return f"{_cycles(component)} cycle{'' if component.cycles == 1 else 's'}"


def _cycles(component: CycleComponent) -> str:
    return f"{component.cycles:,}{'' if component.cycles_complete else '+'}"


def rows(report: CycleReport, now: float) -> tuple[CycleRow, ...]:
    """A line a component, the largest first."""
    ordered = sorted(report.components, key=lambda each: (-len(each.tasks), each.id))
    return tuple(_row(each, now) for each in ordered)


def _row(component: CycleComponent, now: float) -> CycleRow:
    cycle = component.cycle
    named = [*cycle[:NAMED], *(["…"] if len(cycle) > NAMED else []), *cycle[:1]]
    return CycleRow(
        id=component.id,
        tasks=len(component.tasks),
        cycles=_cycles(component),
        path=" → ".join(named),
        cut=" and ".join(f"{cut.from_} → {cut.to}" for cut in component.cuts),
        age=max(now - component.born_at, 0.0) if component.born_at else None,
    )


def life(report: CycleReport, history: Sequence[CycleRecord], now: float) -> CycleLife:
    """How many there are, and how many came and went in the last ``DAYS``."""
    checked = report.checked_at
    return CycleLife(
        components=len(report.components),
        tasks=sum(len(each.tasks) for each in report.components),
        edges=report.edges_checked,
        checked_age=None if checked is None else max(now - checked, 0.0),
        born=_counted((each.born_at for each in history), now),
        resolved=_counted((each.resolved_at for each in history if each.resolved_at), now),
        days=DAYS,
        bounded=report.bounded,
    )


def _counted(moments: Iterable[float], now: float) -> tuple[int, ...]:
    """How many of ``moments`` lie in each of the equal parts of the span, the oldest first."""
    counts, start, length = [0] * PARTS, now - DAYS * DAY, DAYS * DAY / PARTS
    for moment in moments:
        if moment >= start:  # one a little ahead of this clock is of now
            counts[min(int((moment - start) / length), PARTS - 1)] += 1
    return tuple(counts)
