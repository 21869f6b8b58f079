from __future__ import annotations

import asyncio

import pytest

from engine.database.database import Database
from engine.monitoring.history import MetricHistory
from engine.monitoring.metrics import ServiceMeter
from engine.monitoring.samples import COARSE, ENGINE, FINE
from engine.monitoring.sampling import Sampler
from engine.snapshots import QueueDepth

START = 1_800_000_000
LIMIT_SECONDS = 20


class Engine:
    """The parts that the sampler is given."""

    def __init__(self, clock, history) -> None:
        self.meter = ServiceMeter(clock)
        self.depth = QueueDepth(scheduled=1, available=2, running=3, failed=4)
        self.broken = False
        self.calls = 0
        self.history = history
        self.sampler = Sampler(
            history,
            clock,
            meters=lambda: {"s": self.meter},
            depths=self.depths,
            machine=lambda: {"loop_lag": 0.01, "memory.main": 5e7},
        )

    async def depths(self):
        self.calls += 1
        if self.broken:
            raise OSError("the disk is gone")
        return {"s": self.depth}

    async def read(self, service="s", resolution=FINE):
        return await self.history.read(service, since=0, until=1e12, resolution=resolution)


@pytest.fixture
async def engine(tmp_path, clock):
    database = Database(tmp_path, synchronous="off")
    await database.open()
    yield Engine(clock, MetricHistory(database, clock))
    await database.close()


@pytest.fixture
async def running(engine, clock):
    task = asyncio.create_task(engine.sampler.run())
    await until_asleep(clock)
    yield engine
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def until_asleep(clock) -> None:
    async with asyncio.timeout(LIMIT_SECONDS):
        while not clock._sleepers:  # noqa: ASYNC110 - the clock tells nobody that someone sleeps
            await asyncio.sleep(0)


async def pass_time(clock, seconds: float) -> None:
    clock.advance(seconds)
    await until_asleep(clock)


async def test_a_sample_holds_what_was_counted_and_the_depths(running, clock):
    running.meter.ran(7, 0.5)
    running.meter.succeeded(6)
    running.meter.went_wrong("no", final=True)
    await pass_time(clock, 10)
    (found,) = await running.read()
    assert found.at == START
    assert found.numbers == {
        "seconds": 10,
        "completed": 6,
        "failed": 1,
        "retried": 0,
        "late": 0,
        "operations": 7,
        "busy_seconds": 0.5,
        "scheduled": 1,
        "available": 2,
        "running": 3,
        "failed_kept": 4,
    }
    assert (found.backlog, found.rate_per_second, found.durations.count) == (6, 0.6, 1)
    (engine_itself,) = await running.read(ENGINE)
    assert engine_itself.numbers == {"loop_lag": 0.01, "memory.main": 5e7}


async def test_intervals_are_aligned_to_the_wall_clock(engine, clock):
    clock.time = START + 3.7
    task = asyncio.create_task(engine.sampler.run())
    await until_asleep(clock)
    await pass_time(clock, 6.3)
    await pass_time(clock, 10)
    task.cancel()
    assert [found.at for found in await engine.read()] == [START, START + 10]


async def test_a_missed_interval_is_a_gap_and_its_counts_are_in_the_next(running, clock):
    await pass_time(clock, 10)
    running.meter.succeeded(70)
    await pass_time(clock, 35)
    first, second = await running.read()
    assert (first.at, second.at) == (START, START + 30)
    assert (second.numbers["seconds"], second.rate_per_second) == (35, 2.0)


async def test_a_clock_set_back_does_not_stop_the_sampling(running, clock):
    await pass_time(clock, 10)
    clock.time -= 86_400
    clock._sleepers = [(clock.time, future) for _, future in clock._sleepers]
    await pass_time(clock, 1)  # the sleep ends by the monotonic clock
    await pass_time(clock, 10)
    assert (await running.read())[0].at < START - 86_000
    assert running.sampler.last_error == ""


async def test_a_measurement_that_fails_is_shown_and_the_next_one_works(running, clock):
    running.broken = True
    running.meter.succeeded(5)
    await pass_time(clock, 10)
    await pass_time(clock, 10)
    assert running.sampler.failures_in_a_row == 2
    assert running.sampler.last_error == "OSError: the disk is gone"
    running.broken = False
    await pass_time(clock, 10)
    assert (running.sampler.failures_in_a_row, running.sampler.last_error) == (0, "")
    (found,) = await running.read()
    assert (found.at, found.numbers["completed"], found.numbers["seconds"]) == (START + 20, 5, 30)


async def test_the_past_is_rolled_up_every_five_minutes_and_pruned_every_hour(running, clock):
    for _ in range(31):
        await pass_time(clock, 10)
    (coarse,) = await running.read(resolution=COARSE)
    assert (coarse.at, coarse.numbers["seconds"]) == (START, 300)
    clock.advance(2 * 86_400)
    await until_asleep(clock)
    fine = await running.read()
    assert [found.at for found in fine] == [START + 2 * 86_400 + 300]
