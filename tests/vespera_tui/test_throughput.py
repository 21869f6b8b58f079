"""The chart of throughput: from samples to parts, from parts to columns, and the keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.errors import StoreUnavailableError
from engine.monitoring.samples import Sample
from tests.vespera_tui.noting import NotingEngine
from vespera_tui.app import VesperaApp
from vespera_tui.demo import FixedClock
from vespera_tui.throughput import SPANS, chart
from widgets.throughput_chart import ThroughputChart, ThroughputModel, fold
from widgets.words import BARS

if TYPE_CHECKING:
    from tests.vespera_tui.conftest import Shown, Until

NOW = 1_800_000_000.0
MINUTES, HOUR, HOURS, DAY = SPANS


def sample(ago: int, completed: float, *, service: str = "a", length: int = 10, failed: float = 0):
    numbers = {"seconds": length, "completed": completed, "failed": failed}
    return Sample(service, int(NOW) - ago, numbers)


def test_the_services_are_added_up_in_equal_parts() -> None:
    made = chart(
        [sample(10, 50), sample(10, 30, service="b"), sample(30, 20, failed=2)], MINUTES, NOW
    )
    assert len(made.done) == len(made.failed) == 30
    assert (made.done[-1], made.done[-2], made.done[-3]) == (8.0, None, 2.0)
    assert (made.failed[-3], sum(made.failed)) == (2, 2)


def test_a_part_that_holds_more_samples_has_no_higher_rate() -> None:
    steady = [sample(300 * n, 600, length=300) for n in range(1, 288)]
    assert {round(value, 6) for value in chart(steady, DAY, NOW).done if value is not None} == {2.0}


def test_what_is_older_than_the_span_does_not_count() -> None:
    assert set(chart([sample(400, 50), sample(9_000, 7)], MINUTES, NOW).done) == {None}


ROUNDING = 1e-12
"""A mean of equal floats may lie a last digit beside them."""


@given(st.lists(st.none() | st.floats(0, 1e6), min_size=1, max_size=300), st.integers(1, 200))
@example([699051.4667251033] * 3, 1)
def test_folding_keeps_failures_and_bounds(values: list[float | None], width: int) -> None:
    model = ThroughputModel("1 h", tuple(values), tuple(float(n % 3) for n in range(len(values))))
    done, failed = fold(model, width)
    assert len(done) == len(failed) == width
    known = [value for value in values if value is not None]
    least, most = min(known, default=0) * (1 - ROUNDING), max(known, default=0) * (1 + ROUNDING)
    assert all(least <= value <= most for value in done if value is not None)
    if width <= len(values):
        assert sum(failed) == sum(model.failed)


def lines_of(model: ThroughputModel, width: int, height: int) -> list[str]:
    return [line.plain for line in ThroughputChart(model).paint(model, width, height)]


def test_the_peak_is_full_and_what_was_not_measured_is_no_zero() -> None:
    lines = lines_of(ThroughputModel("1 h", (0.0, 4.0, None, 8.0)), 12, 4)
    assert lines[1] == f"{'8.0/s':>6} ┤   {BARS[-1]}"
    assert lines[2] == f"{'0':>6} ┤ {BARS[-1]}·{BARS[-1]}"
    assert lines[-1].split() == ["1", "h", "ago", "now"] or lines[-1].endswith("now")


def test_failures_are_marked_and_counted() -> None:
    lines = lines_of(ThroughputModel("1 h", (1.0, 1.0), (0.0, 2.0)), 60, 6)
    assert "✖ 2 failed" in lines[0]
    assert lines[-2].strip().startswith("failed")
    assert lines[-2].count("✖") == 26


async def test_the_keys_change_the_span_and_the_place(until: Until, shown: Shown) -> None:
    engine = NotingEngine()
    app = VesperaApp(
        engine.opener(), config_profile="development", refresh_per_second=20, clock=FixedClock()
    )
    app.animation_level = "none"
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.services)
        assert "throughput" not in shown(app)
        await pilot.press("g")
        await until(pilot, lambda: "throughput last 5 min" in shown(app))
        for key, title in ((">", "1 h"), (">", "6 h"), (">", "24 h"), (">", "24 h"), ("<", "6 h")):
            await pilot.press(key)
            await until(pilot, lambda title=title: f"throughput last {title}" in shown(app))
        assert "/s" in shown(app)
        await pilot.press("g")
        await until(pilot, lambda: "throughput" not in shown(app))


async def test_why_there_is_no_past_is_told(until: Until, shown: Shown) -> None:
    engine = NotingEngine()
    engine.errors["metrics"] = StoreUnavailableError("sqlite", "disk I/O error")
    app = VesperaApp(
        engine.opener(), config_profile="development", refresh_per_second=20, clock=FixedClock()
    )
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "sqlite: disk I/O error" in shown(app))


@pytest.mark.parametrize("span", SPANS)
def test_every_span_has_parts(span: object) -> None:
    assert chart([], span, NOW).done  # type: ignore[arg-type] # a span
