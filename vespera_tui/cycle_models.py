"""From what the engine reports of cycles to what the widgets show: pure functions."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from widgets.cycle_list import CycleLife, CycleRow
from widgets.cycle_picture.making import cycle_model
from widgets.words import age

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.cycle_views import CycleComponent, CycleRecord, CycleReport
    from widgets.cycle_picture.model import CycleModel

DAY = 86_400.0
DAYS, POINTS = 7, 28
"""The span of the curve, and its points."""
NAMED = 12
"""Tasks of a path that are named."""


def component_model(
    component: CycleComponent, *, titles: Mapping[str, str], now: float
) -> CycleModel:
    """The picture of one component; ``now`` in Unix seconds."""
    cuts = component.cuts or (component.suggested_cut,)
    notes = [_count(component)]
    if component.born_at:
        notes.append(f"since {age(now - component.born_at)}")
    if component.bounded:
        notes.append("explained as far as time and depth allow")
    return cycle_model(
        component.tasks,
        component.edges or _steps(component),
        titles=titles,
        cycle=component.cycle,
        cuts=[(cut.from_, cut.to) for cut in cuts],
        reason=cuts[0].reason,
        note="; ".join(notes),
    )


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
    """How many there are, and were in the last ``DAYS``."""
    start = now - DAYS * DAY
    moments = [start + (now - start) * point / (POINTS - 1) for point in range(POINTS)]
    checked = report.checked_at
    return CycleLife(
        components=len(report.components),
        tasks=sum(len(each.tasks) for each in report.components),
        edges=report.edges_checked,
        checked_age=None if checked is None else max(now - checked, 0.0),
        open=tuple(sum(_alive(each, moment) for each in history) for moment in moments),
        born=sum(each.born_at >= start for each in history),
        resolved=sum((each.resolved_at or 0.0) >= start for each in history),
        days=DAYS,
        bounded=report.bounded,
    )


def _alive(record: CycleRecord, moment: float) -> bool:
    ended = record.resolved_at
    return record.born_at <= moment and (ended is None or moment < ended)
