from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.monitoring.forecast import Forecast, forecast
from engine.monitoring.samples import Sample

START = 1_800_000_000
LIMIT = 1_000_000
BACKLOGS = st.lists(st.integers(0, 2_000_000), min_size=0, max_size=90)


def samples(backlogs: list[float], completed: int = 20) -> list[Sample]:
    return [
        Sample(
            "s",
            START + 10 * number,
            {"seconds": 10, "completed": completed, "available": backlog},
        )
        for number, backlog in enumerate(backlogs)
    ]


def line(last: float, per_second: float, count: int = 30) -> list[Sample]:
    return samples([last - per_second * 10 * (count - 1 - number) for number in range(count)])


def test_a_shrinking_backlog_says_when_it_clears():
    found = forecast(line(1680, -2), LIMIT)
    assert found == Forecast("s", 2.0, -2.0, 840.0, None, "the backlog clears in 14 min")


def test_a_growing_backlog_says_when_the_limit_is_reached():
    found = forecast(line(481_600, 1), LIMIT)
    assert found.limit_reached_in_seconds == 518_400
    assert found.clears_in_seconds is None
    assert found.text == "at this growth the queue limit is reached in 6 days"


@pytest.mark.parametrize(
    ("given_samples", "text"),
    [
        ([], "not enough data yet"),
        (samples([5] * 5), "not enough data yet"),
        (samples([5] * 30), "steady"),
        (samples([0] * 30), "nothing waits"),
        (samples([LIMIT] * 30), "the queue limit is reached"),
        (line(1, -1), "the backlog clears in 1 s"),
        (line(50, -1), "the backlog clears in 50 s"),
        (line(50_000, -1), "the backlog clears in 14 h"),
        (line(500_000, 1), "at this growth the queue limit is reached in 6 days"),
        (line(900_000, 0.004), "steady"),  # 289 days: beyond what is foretold
    ],
)
def test_the_text_is_what_a_person_reads(given_samples, text):
    assert forecast(given_samples, LIMIT).text == text


def test_a_burst_and_a_gap_do_not_change_the_trend():
    backlog = [1000.0 - 10 * number for number in range(30)]
    burst = samples([*backlog[:10], 90_000, *backlog[11:]])
    with_gap = burst[:3] + burst[12:]
    assert forecast(burst, LIMIT).growth_per_second == pytest.approx(-1, rel=0.01)
    assert forecast(with_gap, LIMIT).growth_per_second == pytest.approx(-1, rel=0.01)


@given(BACKLOGS, st.integers(1, 2_000_000))
def test_a_forecast_is_never_negative_nor_infinite_nor_contradicts_itself(backlogs, limit):
    found = forecast(samples(backlogs), limit)
    for seconds in (found.clears_in_seconds, found.limit_reached_in_seconds):
        assert seconds is None or 0 <= seconds <= 90 * 86_400
    if found.growth_per_second > 0:
        assert found.clears_in_seconds is None
    if found.growth_per_second < 0 and backlogs[-1] < limit:
        assert found.limit_reached_in_seconds is None
    assert found.text


@given(BACKLOGS, st.integers(1, 1000))
def test_a_larger_backlog_clears_later_and_reaches_the_limit_sooner(backlogs, more):
    less = forecast(samples(backlogs), LIMIT)
    larger = forecast(samples([backlog + more for backlog in backlogs]), LIMIT)
    assert larger.growth_per_second == less.growth_per_second
    assert order(larger.clears_in_seconds) >= order(less.clears_in_seconds)
    assert order(larger.limit_reached_in_seconds) <= order(less.limit_reached_in_seconds)


def order(seconds: float | None) -> float:
    return float("inf") if seconds is None else seconds
