from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.monitoring.metrics import Ring, ServiceMeter
from engine.monitoring.processes import ProcessUse
from engine.snapshots import ServiceMetrics


@pytest.fixture
def meter(clock) -> ServiceMeter:
    return ServiceMeter(clock)


def test_a_new_meter_shows_nothing(meter):
    assert meter.snapshot() == ServiceMetrics()


def test_outcomes_are_counted_by_the_batch(meter, clock):
    meter.ran(8, 4.0)
    meter.succeeded(5)
    meter.went_wrong("no", final=False, count=2)
    meter.went_wrong("never", final=True)
    meter.late(3)
    shown = meter.snapshot()
    assert (shown.operations_completed, shown.operations_failed) == (5, 1)
    assert (shown.operations_retried, shown.deadlines_missed) == (2, 3)
    assert shown.average_processing_time == 0.5
    assert shown.last_operation_time == clock.now()
    assert (shown.errors_last_hour, shown.error_rate) == (3, 3 / 8)
    assert (meter.failures_in_a_row, meter.last_error) == (3, "never")


def test_a_success_ends_a_row_of_failures(meter):
    meter.went_wrong("no", final=True)
    meter.succeeded()
    assert meter.failures_in_a_row == 0


def test_quantiles_are_those_of_the_runs(meter):
    for milliseconds in range(1, 101):
        meter.ran(10, milliseconds / 1000)
    shown = meter.snapshot()
    assert shown.p50_seconds == pytest.approx(0.050, rel=0.011)
    assert shown.p95_seconds == pytest.approx(0.095, rel=0.011)
    assert shown.p99_seconds == pytest.approx(0.099, rel=0.011)


def test_the_rate_is_that_of_the_last_ten_seconds(meter, clock):
    meter.succeeded(30)
    assert meter.snapshot().rate_per_second == 3.0
    clock.advance(9.5)
    assert meter.snapshot().rate_per_second == 3.0
    clock.advance(0.5)
    assert meter.snapshot().rate_per_second == 0.0


def test_errors_and_durations_are_forgotten_after_an_hour_but_totals_are_not(meter, clock):
    meter.ran(1, 60.0)
    meter.went_wrong("no", final=True)
    clock.advance(3299)  # the hour is kept to five minutes
    assert meter.snapshot().errors_last_hour == 1
    clock.advance(301)
    meter.succeeded()
    meter.ran(1, 1.0)
    shown = meter.snapshot()
    assert (shown.errors_last_hour, shown.error_rate, shown.operations_failed) == (0, 0.0, 1)
    assert shown.p99_seconds == pytest.approx(1.0, rel=0.01)


def test_memory_stays_flat_however_much_is_counted(meter, clock):
    for _ in range(3000):
        meter.succeeded(1_000_000)
        meter.ran(1_000_000, 0.2)
        clock.advance(7)
    assert len(meter._hour._buckets) == 12
    assert len(meter._recent._buckets) <= 40


def test_take_hands_over_what_was_counted_since_the_last_take(meter, clock):
    meter.ran(3, 2.0)
    meter.succeeded(2)
    meter.went_wrong("no", final=False)
    clock.advance(10)
    first, seconds = meter.take()
    assert (first.completed, first.retried, first.operations, seconds) == (2, 1, 3, 10)
    assert first.durations.count == 1
    clock.advance(4)
    meter.late()
    second, seconds = meter.take()
    assert (second.late, second.completed, second.durations.count, seconds) == (1, 0, 0, 4)
    assert first.late == 0
    assert meter.snapshot().operations_completed == 2


@given(st.lists(st.tuples(st.floats(0, 700), st.integers(1, 50)), max_size=60))
def test_takes_add_up_to_the_totals(steps):
    clock = Time()
    meter, taken = ServiceMeter(clock), 0
    for number, (seconds, count) in enumerate(steps):
        clock.time += seconds
        meter.succeeded(count)
        if number % 3 == 0:
            taken += meter.take()[0].completed
    total = sum(count for _, count in steps)
    assert taken + meter.take()[0].completed == meter.snapshot().operations_completed == total


@given(st.lists(st.floats(0, 30), max_size=60))
def test_a_ring_keeps_what_began_within_its_time(gaps):
    ring: Ring[list[float]] = Ring(10, 5, list)
    now, counted = 0.0, []
    for gap in gaps:
        now += gap
        ring.current(now).append(now)
        counted.append(now)
        kept = [at for bucket in ring.alive(now) for at in bucket]
        assert kept == [at for at in counted if at // 2 > now // 2 - 5]


class Time:
    time = 0.0

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds


def test_the_numbers_are_plain_values(meter):
    meter.ran(1, 0.1)
    kinds = {type(value) for value in asdict(meter.snapshot()).values()}
    assert kinds <= {int, float, type(None)}


def test_a_process_shows_memory_at_once_and_processor_time_from_the_second_read_on():
    use = ProcessUse()
    first = use.read({"main": os.getpid(), "embedder": None})
    assert first["main"] > 1_000_000
    assert set(first) == set(use.peak) == {"main"}
    assert use.cpu_percent == {}
    assert use.peak["main"] >= first["main"]
    sum(range(2_000_000))
    use.read({"main": os.getpid()})
    assert use.cpu_percent["main"] > 0


def test_a_process_that_ended_or_was_replaced_is_not_taken_for_another():
    use = ProcessUse()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        use.read({"child": child.pid})
        use.read({"child": child.pid})
        assert "child" in use.cpu_percent
        child.communicate(b"\n")
    assert use.read({"child": child.pid}) == {}
    assert use.cpu_percent == {}
    assert "child" in use.read({"child": os.getpid()})
    assert use.cpu_percent == {}
