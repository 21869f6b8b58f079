from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.database.database import Database
from engine.monitoring import history as module
from engine.monitoring.durations import Durations, merged
from engine.monitoring.history import MetricHistory
from engine.monitoring.samples import COARSE, ENGINE, FINE, Sample, combine

if TYPE_CHECKING:
    import sqlite3

START = 1_800_000_000  # a multiple of 300, at 08:00 UTC
DAY = 86_400


@pytest.fixture
async def database(tmp_path):
    database = Database(tmp_path, synchronous="off")
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def history(database, clock) -> MetricHistory:
    return MetricHistory(database, clock)


def sample(at: int, *, service: str = "s", runs: int = 1, seconds: float = 1.0, **more) -> Sample:
    durations = Durations()
    if runs:
        durations.add(seconds, runs)
    numbers = {"seconds": 10, "completed": runs, "available": at % 100, **more}
    return Sample(service, at, numbers, durations.to_bytes() if runs else b"")


async def read(history, resolution=FINE, service="s"):
    return await history.read(service, since=0, until=1e12, resolution=resolution)


async def test_samples_come_back_as_they_were_oldest_first(history):
    kept = [sample(START + 10), sample(START, runs=0), sample(START, service="other")]
    await history.record(kept)
    assert await read(history) == (kept[1], kept[0])
    assert await history.read("s", since=START + 1, until=START + 11) == (kept[0],)
    assert await history.read("s", since=START, until=START + 10) == (kept[1],)


async def test_a_batch_with_a_number_that_is_none_is_refused_whole(history):
    with pytest.raises(ValueError, match="not JSON compliant"):
        await history.record([sample(START), sample(START + 10, available=float("nan"))])
    with pytest.raises(ValueError, match="multiples of 10"):
        await history.record([sample(START), sample(START + 7)])
    assert await read(history) == ()


async def test_a_name_is_never_sql(history):
    name = "'; DROP TABLE metric_samples; --"
    await history.record([sample(START, service=name)])
    assert len(await read(history, service=name)) == 1


async def test_another_resolution_is_refused(history):
    with pytest.raises(ValueError, match="must be one of 10, 300"):
        await history.read("s", since=0, until=1, resolution=60)


async def test_a_roll_up_sums_counts_keeps_the_last_depth_and_merges_durations(history, clock):
    await history.record([sample(START + 10 * n, runs=n, seconds=n + 1) for n in range(30)])
    clock.advance(COARSE)
    assert await history.roll_up() == 1
    (found,) = await read(history, COARSE)
    assert (found.at, found.numbers["completed"], found.numbers["seconds"]) == (START, 435, 300)
    assert found.numbers["available"] == (START + 290) % 100
    assert found.durations.count == 435
    assert found.durations.quantile(1) == pytest.approx(30, rel=0.01)
    assert len(await read(history)) == 30


async def test_only_finished_intervals_are_rolled_up_and_each_once(history, clock):
    await history.record([sample(START), sample(START + 300)])
    clock.advance(599)
    assert await history.roll_up() == 1
    assert await history.roll_up() == 0
    clock.advance(1)
    assert await history.roll_up() == 1
    assert [found.at for found in await read(history, COARSE)] == [START, START + 300]


async def test_of_the_engine_itself_the_peaks_are_kept(history, clock):
    readings = [
        Sample(ENGINE, START + 10 * n, {"loop_lag": lag}) for n, lag in enumerate([1, 9, 2])
    ]
    await history.record(readings)
    clock.advance(300)
    await history.roll_up()
    (found,) = await read(history, COARSE, ENGINE)
    assert found.numbers == {"loop_lag": 9}


async def test_many_services_and_days_are_rolled_up_in_steps(history, clock, monkeypatch):
    monkeypatch.setattr(module, "ROLLED_AT_ONCE", 40)
    monkeypatch.setattr(module, "_PENDING", module._PENDING.replace("3000", "40"))
    for service in ("a", "b"):
        await history.record([sample(START + 10 * n, service=service) for n in range(100)])
    clock.advance(1200)
    assert await history.roll_up() == 8
    for service in ("a", "b"):
        found = await read(history, COARSE, service)
        assert [row.numbers["completed"] for row in found] == [30, 30, 30, 10]


async def test_a_crash_between_two_steps_loses_nothing(history, clock, monkeypatch):
    await history.record([sample(START + 10 * n) for n in range(60)])
    clock.advance(600)

    async def crash(rows):
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(history, "_save", crash)
        with pytest.raises(ConnectionError):
            await history.roll_up()
    assert await read(history, COARSE) == ()
    assert await history.roll_up() == 2


async def test_after_the_clock_was_set_back_the_later_measurement_stands(history, clock):
    await history.record([sample(START, runs=5)])
    clock.advance(300)
    await history.roll_up()
    clock.time = START + 10
    await history.record([sample(START, runs=7)])
    clock.advance(300)
    await history.roll_up()
    (found,) = await read(history, COARSE)
    assert found.numbers["completed"] == found.durations.count == 7


async def test_after_the_clock_was_ahead_new_samples_are_still_rolled_up(history, clock):
    clock.advance(30 * DAY)
    await history.record([sample(START + 30 * DAY - 300)])
    await history.roll_up()
    clock.time = START + 300
    await history.record([sample(START)])
    assert await history.roll_up() == 1
    assert len(await read(history, COARSE)) == 2


async def test_fine_rows_are_kept_a_day_and_coarse_rows_ninety(history, clock):
    await history.record([sample(START, runs=3), sample(START + 600)])
    clock.time = START + DAY + 300
    assert await history.prune() == 1
    assert [found.at for found in await read(history)] == [START + 600]
    # what was never rolled up is, before it goes
    assert [found.numbers["completed"] for found in await read(history, COARSE)] == [3, 1]
    clock.time = START + 90 * DAY + 1
    await history.prune()
    assert await read(history) == ()
    assert [found.at for found in await read(history, COARSE)] == [START + 600]


async def test_pruning_removes_a_thousand_rows_a_transaction(history, database, clock, monkeypatch):
    await history.record([sample(START + 10 * n, runs=0) for n in range(2500)])
    clock.time = START + 40 * DAY
    await history.roll_up()
    steps, write = [], database.write

    async def counted(job):
        result = await write(job)
        steps.append(result)
        return result

    monkeypatch.setattr(database, "write", counted)
    assert await history.prune() == 2500
    assert steps == [1000, 1000, 500, 0]


async def test_a_row_that_can_t_be_read_does_not_stop_the_roll_up(history, database, clock):
    await history.record([sample(START), sample(START + 10)])

    def damage(connection: sqlite3.Connection) -> None:
        connection.execute("UPDATE metric_samples SET durations = x'00' WHERE at = ?", (START,))

    await database.write(damage)
    clock.advance(300)
    assert await history.roll_up() == 1
    (found,) = await read(history, COARSE)
    assert (found.numbers["completed"], found.durations.count) == (2, 1)


async def test_durations_are_told_by_hour_of_the_day(history, clock):
    for day in range(3):
        at = START + day * DAY
        await history.record([sample(at, seconds=1), sample(at + 3600, seconds=9)])
    await history.record([sample(START + 7200, runs=0)])
    clock.time = START + 3 * DAY
    await history.roll_up()
    found = await history.quantiles_by_hour("s", zone=UTC)
    assert list(found) == [8, 9]
    assert (found[8].runs, found[9].runs) == (3, 3)
    assert found[8].p50 == pytest.approx(1, rel=0.01)
    assert found[9].p99 == pytest.approx(9, rel=0.01)
    assert list(await history.quantiles_by_hour("s", days=1, zone=UTC)) == [8, 9]
    clock.advance(9 * DAY)
    assert await history.quantiles_by_hour("s", zone=UTC) == {}


async def test_what_is_usual_leaves_out_the_last_ten_minutes_and_needs_fifty_runs(history, clock):
    await history.record([sample(START, runs=49, seconds=2), sample(START + 300, seconds=2)])
    clock.time = START + 1199
    await history.roll_up()
    assert await history.baseline_p95("s") is None
    # the second interval counts only once it ended ten minutes ago
    await history.record([sample(START + 600, runs=500, seconds=60)])
    clock.time = START + 1200
    await history.roll_up()
    assert await history.baseline_p95("s") == pytest.approx(2, rel=0.01)
    assert await history.baseline_p95("unknown") is None


@given(st.lists(st.tuples(st.integers(0, 50), st.floats(0.001, 100)), min_size=1, max_size=30))
def test_combining_loses_no_run(runs):
    fine = [sample(START + 10 * n, runs=count, seconds=s) for n, (count, s) in enumerate(runs)]
    coarse = combine(fine, START)
    assert coarse.numbers["completed"] == sum(count for count, _ in runs)
    assert coarse.durations.count == coarse.numbers["completed"]
    expected = merged(part.durations for part in fine)
    assert coarse.durations.quantile(0.95) == expected.quantile(0.95)
