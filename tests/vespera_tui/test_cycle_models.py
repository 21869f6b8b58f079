"""What the Cycles screen makes of the engine's report."""

from __future__ import annotations

from engine.cycle_views import CycleRecord, CycleReport
from vespera_tui.cycle_models import PARTS, life
from widgets.cycle_list import CycleLifeLine

NOW, HOUR = 1_800_000_000.0, 3_600.0


def lived(number: int, born: float, resolved: float | None) -> CycleRecord:
    """A component by the hours since its birth and its end."""
    at, end = NOW - born * HOUR, None if resolved is None else NOW - resolved * HOUR
    return CycleRecord(number, ("a",), ("a",), (), at, at, end)


def test_a_cycle_that_lived_for_a_minute_raises_a_bar_in_both_curves() -> None:
    history = [lived(1, 50.5, 50.4), lived(2, 3, None), lived(3, 2, 1), lived(4, 400, 200)]
    course = life(CycleReport(checked_at=NOW), history, NOW)
    assert (len(course.born), sum(course.born), sum(course.resolved)) == (PARTS, 3, 2)
    assert (course.born[-9], course.resolved[-9]) == (1, 1)
    assert (course.born[-1], course.resolved[-1]) == (2, 1)


def test_what_the_engine_noted_ahead_of_this_clock_counts_as_now() -> None:
    course = life(CycleReport(checked_at=NOW), [lived(1, -0.01, None)], NOW)
    assert course.born[-1] == 1


def test_narrow_curves_add_neighbours_up_instead_of_leaving_out_what_is_old() -> None:
    history = [lived(1, 163, 162.5), lived(2, 10, None)]
    course = life(CycleReport(checked_at=NOW), history, NOW)
    for width in (80, 110, 200):
        (line,) = CycleLifeLine(course).paint(course, width, 1)
        assert line.cell_length <= width
        born, resolved = line.plain.split("born ")[1].split("1 resolved ")
        assert born.count("▁") < len(born.strip()) - 1
        assert born[0] != "▁"
        assert resolved[0] != "▁"
