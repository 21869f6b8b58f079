from __future__ import annotations

import asyncio
import random
import struct
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.configuration.sections import OptimizationSettings
from engine.database.database import Database
from engine.monitoring.events import EventLog
from engine.operations import Failed, NewOperation, ServicePriority, ServiceType
from engine.queue.sqlite_queue import SqliteQueue
from engine.service_config import ServiceConfiguration
from engine.services.index_optimization import IndexOptimizationService
from engine.services.optimization.decision import Decision, Measured, Memory, decide, judged
from engine.services.optimization.schedule import LOOK_SECONDS, PROBE, OptimizationSchedule

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

S = ServiceType.INDEX_OPTIMIZATION
HOUR, DAY, T = 3600.0, 86_400.0, 1_800_000_000.0
SETTINGS = OptimizationSettings()
FRAGMENTED = {"free_pages": 400, "pages": 1000}
LONG_LOG = {"wal_bytes": 64_000_000}
SLOW = {"seconds": 0.02}


def due(memory: Memory | None = None, settings: OptimizationSettings = SETTINGS, **measured) -> str:
    """The reason of the decision, with a last optimisation an hour ago."""
    values = {"now": T, "started_at": T - DAY, "optimized_at": T - HOUR} | measured
    found = decide(settings, Measured(**values), memory or Memory(since=T - DAY, baseline=0.01))
    return found.reason if found else ""


@pytest.mark.parametrize(
    ("measured", "reason"),
    [
        ({}, ""),
        (FRAGMENTED, "fragmentation"),
        ({"free_pages": 240, "pages": 1000}, ""),
        ({"free_pages": 40, "pages": 100}, ""),  # a small file
        (LONG_LOG, "wal"),
        ({"wal_bytes": 63_999_999}, ""),
        (SLOW, "slowdown"),
        ({"seconds": 0.019}, ""),
        ({"optimized_at": T - DAY}, "interval"),
        ({"optimized_at": None}, "interval"),
        ({"optimized_at": T - DAY + 1}, ""),
    ],
)
def test_reasons(measured, reason: str) -> None:
    assert due(**measured) == reason


def test_what_is_quick_anyway_is_not_slow() -> None:
    assert due(Memory(since=T, baseline=0.0001), seconds=0.004) == ""


def test_without_a_baseline_nothing_is_slow() -> None:
    assert due(Memory(since=T), seconds=9.0) == ""


@pytest.mark.parametrize("measured", [FRAGMENTED, LONG_LOG, SLOW, {"optimized_at": None}])
def test_nothing_is_queued_beside_another_or_for_a_service_that_is_off(measured) -> None:
    assert due(outstanding=True, **measured) == ""
    assert due(settings=OptimizationSettings(enabled=False), **measured) == ""


@pytest.mark.parametrize("measured", [FRAGMENTED, LONG_LOG, SLOW])
def test_measurements_wait_for_quiet_and_ten_minutes(measured) -> None:
    assert due(quiet=False, **measured) == ""
    assert due(settings=OptimizationSettings(vacuum_sqlite=False), **measured) == ""
    memory = Memory(since=T - DAY, baseline=0.01)
    assert due(replace(memory, queued_at=T - 599), **measured) == ""
    assert due(replace(memory, queued_at=T - 600), **measured)
    assert due(replace(memory, queued_at=T + 9), **measured)  # the clock was set back


def test_a_regular_one_waits_an_hour_for_quiet_at_most() -> None:
    assert due(quiet=False, optimized_at=T - DAY - 3599) == ""
    assert due(quiet=False, optimized_at=T - DAY - 3600) == "interval"
    # due while the engine did not run: the hour counts from its start
    assert due(quiet=False, optimized_at=T - 9 * DAY, started_at=T - 3599) == ""


def test_with_nothing_to_optimise_there_is_no_regular_one() -> None:
    off = OptimizationSettings(
        vacuum_sqlite=False, optimize_chroma_indices=False, optimize_kuzu_indices=False
    )
    assert due(settings=off, optimized_at=None) == ""


def test_a_reason_in_vain_backs_off_up_to_a_day_and_the_others_do_not() -> None:
    memory, waits = Memory(since=T - DAY, baseline=0.01), []
    for _ in range(9):
        memory = judged(replace(memory, pending="fragmentation"), False, T)
        waits.append(memory.in_vain["fragmentation"][1])
    assert waits == [1200, 2400, 4800, 9600, 19_200, 38_400, 76_800, 86_400, 86_400]
    later = {"now": T + 86_399, "optimized_at": T + 86_000}
    assert due(memory, **later, **FRAGMENTED) == ""
    assert due(memory, **later, **FRAGMENTED, **LONG_LOG) == "wal"
    assert due(memory, **later | {"now": T + 86_400}, **FRAGMENTED) == "fragmentation"
    gained = judged(replace(memory, pending="fragmentation"), True, T)
    assert (gained.in_vain, gained.pending) == ({}, "")


@given(
    st.builds(
        Measured,
        now=st.floats(0, 1e10),
        started_at=st.floats(0, 1e10),
        optimized_at=st.none() | st.floats(0, 1e10),
        quiet=st.just(False),
        free_pages=st.integers(0, 10**9),
        pages=st.integers(0, 10**9),
        wal_bytes=st.integers(0, 10**12),
        seconds=st.none() | st.floats(0, 100),
    )
)
def test_among_other_work_only_a_regular_one_that_waited_runs(measured: Measured) -> None:
    found = decide(SETTINGS, measured, Memory(since=0, baseline=0.001))
    assert found is None or (found.reason, found.anyway) == ("interval", True)


class TimedDatabase(Database):
    """The probe takes the time that the test says."""

    probe_seconds = 0.0

    async def rows(self, sql, parameters=()):
        found = await super().rows(sql, parameters)
        if sql == PROBE:
            self.clock.advance(self.probe_seconds)
        return found


class Engine:
    """The parts that the schedule works on."""

    def __init__(self, database: TimedDatabase, queue: SqliteQueue, config, clock) -> None:
        self.database, self.queue, self.clock = database, queue, clock
        self.context = SimpleNamespace(
            config=config,
            database=database,
            queue=queue,
            clock=clock,
            started_at=clock.now(),
            events=EventLog(clock),
            projections=SimpleNamespace(pid=None),
            governor=SimpleNamespace(typing=False, share=1.0),
        )
        self.service = IndexOptimizationService(self.context)
        self.restart()

    def restart(self) -> None:
        self.schedule = OptimizationSchedule(self.context)

    async def look(self, times: int = 1) -> list[str]:
        """Reasons of that many looks, a minute apart."""
        found: list[Decision | None] = []
        for _ in range(times):
            self.clock.advance(LOOK_SECONDS)
            found.append(await self.schedule.look())
        return [decision.reason if decision else "" for decision in found]

    async def work(self) -> None:
        (operation,) = await self.queue.claim(S, 1)
        (outcome,) = await self.service.run(operation.kind, [operation])
        await self.queue.settle([(operation, outcome)])

    async def fill(self, *, empty: bool) -> None:
        noise = random.Random(1).randbytes(4_000_000)  # noqa: S311 - not a secret
        await self.database.write(
            lambda c: c.execute("INSERT INTO meta VALUES ('noise', ?)", (noise,)).rowcount
        )
        if empty:
            await self.database.write(lambda c: c.execute("DELETE FROM meta WHERE key = 'noise'"))


@pytest.fixture
async def engine(tmp_path: Path, clock, ids) -> AsyncIterator[Engine]:
    database = TimedDatabase(tmp_path)
    database.clock = clock
    await database.open()
    settings = {"optimize_chroma_indices": False, "optimize_kuzu_indices": False}
    config = ServiceConfiguration.model_validate(
        {"data_dir": str(tmp_path), "index_optimization": settings}
    )
    queue = SqliteQueue(database, config, clock=clock, ids=ids, owner="test")
    await queue.open()
    yield Engine(database, queue, config, clock)
    await database.close()


async def test_free_pages_are_found_and_given_back(engine: Engine) -> None:
    assert await engine.look(2) == ["", ""]
    await engine.fill(empty=True)
    assert await engine.look(3) == ["fragmentation", "", ""]
    (operation,) = await engine.queue.view(service=S)
    assert (operation.kind, operation.key) == ("vacuum_sqlite", "fragmentation")
    assert (operation.origin, operation.priority) == ("fragmentation", ServicePriority.LOW)
    assert "pages in SQLite are free" in operation.payload["because"]
    await engine.work()
    assert await engine.look(20) == [""] * 20
    await engine.fill(empty=True)  # it gained, so it is done again
    assert await engine.look() == ["fragmentation"]


async def test_a_long_log_is_found(engine: Engine) -> None:
    engine.context.config = engine.context.config.model_copy(
        update={"index_optimization": OptimizationSettings(wal_mb=4)}
    )
    await engine.fill(empty=False)
    assert await engine.look() == ["wal"]


async def test_a_slowdown_is_measured_against_the_last_optimisation(engine: Engine) -> None:
    engine.database.probe_seconds = 0.01
    assert await engine.look(5) == [""] * 5
    engine.restart()  # the figure to compare with is kept
    engine.database.probe_seconds = 0.03
    assert await engine.look(6) == ["", "", "", "", "slowdown", ""]
    await engine.work()
    engine.database.probe_seconds = 0.01  # it helped
    assert await engine.look(20) == [""] * 20
    engine.database.probe_seconds = 0.03
    assert await engine.look(3) == ["", "", "slowdown"]
    await engine.work()  # it did not help: what is slow now is the new normal
    assert await engine.look(20) == [""] * 20
    engine.database.probe_seconds = 0.1
    assert "slowdown" in await engine.look(20)


async def test_one_that_failed_was_in_vain_and_is_left_alone_for_a_while(engine: Engine) -> None:
    await engine.fill(empty=True)
    assert await engine.look() == ["fragmentation"]
    (operation,) = await engine.queue.claim(S, 1)
    await engine.queue.settle([(operation, Failed("disk full", permanent=True))])
    looks = await engine.look(22)
    assert looks[:20] == [""] * 20
    assert "fragmentation" in looks[20:]


async def test_a_store_is_optimised_regularly_though_never_open_for_long(engine: Engine) -> None:
    assert await engine.look() == [""]
    engine.restart()
    engine.clock.advance(DAY)
    engine.context.started_at = engine.clock.now()
    assert await engine.look(2) == ["interval", ""]
    await engine.work()
    engine.clock.advance(DAY - 2 * LOOK_SECONDS)
    assert await engine.look(2) == ["", "interval"]


async def test_other_work_and_typing_put_it_off(engine: Engine) -> None:
    governor = engine.context.governor
    governor.typing = True
    await engine.fill(empty=True)
    assert await engine.look() == [""]
    governor.typing = False
    await engine.queue.enqueue([NewOperation(ServiceType.INCREMENTAL_SYNC, "sync_task", "t-1")])
    assert await engine.look() == [""]
    await engine.queue.claim(ServiceType.INCREMENTAL_SYNC, 1)
    assert await engine.look() == [""]
    engine.clock.advance(DAY + HOUR)
    assert await engine.look() == ["interval"]
    (operation,) = await engine.queue.view(service=S)
    assert operation.payload["anyway"] is True
    await engine.work()  # and the service lets it pass


async def test_the_loop_looks_each_minute(engine: Engine, clock) -> None:
    await engine.fill(empty=True)
    loop = asyncio.create_task(engine.schedule.run())
    async with asyncio.timeout(10):
        while not clock._sleepers:  # noqa: ASYNC110 - the fake clock has no event
            await asyncio.sleep(0.001)
        assert not (await engine.queue.stats()).get(S)
        clock.advance(LOOK_SECONDS)
        while not await engine.queue.view(service=S):  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.001)
    loop.cancel()


GROWN = {"graph_bytes": 20_000_000, "graph_needed": 9_000_000.0}


@pytest.mark.parametrize(
    ("measured", "reason"),
    [
        ({"elements": 3000, "vectors": 2000}, "tombstones"),
        ({"elements": 3000, "vectors": 2200}, ""),
        ({"elements": 600, "vectors": 300}, ""),
        ({"elements": 2000, "vectors": 3000}, ""),  # not written to the disk yet
        ({"asked": 50, "reached": 47}, "recall"),
        ({"asked": 50, "reached": 48}, ""),
        ({"asked": 10, "reached": 1}, ""),
        (GROWN, "graph_growth"),
        ({"graph_bytes": 18_000_000, "graph_needed": 9_000_000.0}, ""),
        ({"graph_bytes": 18_000_000}, ""),
    ],
)
def test_reasons_of_the_projections(measured, reason: str) -> None:
    assert due(**measured) == reason
    if reason:
        assert due(quiet=False, **measured) == ""
        switched_off = OptimizationSettings(
            optimize_chroma_indices=False, optimize_kuzu_indices=False
        )
        assert due(settings=switched_off, **measured) == ""


async def test_tombstones_on_the_disk_are_seen_without_opening_chroma(engine: Engine) -> None:
    settings = OptimizationSettings()
    engine.context.config = engine.context.config.model_copy(
        update={"index_optimization": settings}
    )
    index = engine.database.path.parent / "chroma" / "an index"
    index.mkdir(parents=True)
    (index / "header.bin").write_bytes(struct.pack("<iQQQ", 1, 0, 8000, 5000) + bytes(72))
    assert await engine.look() == ["tombstones"]
    (operation,) = await engine.queue.view(service=S)
    assert (operation.kind, operation.key) == ("optimize_chroma", "tombstones")


async def test_chroma_is_asked_once_an_hour_while_it_is_open(engine: Engine) -> None:
    asked: list[str] = []

    async def upkeep(work: str, **_: int) -> dict[str, int]:
        asked.append(work)
        return {"asked": 50, "reached": 40}

    settings = OptimizationSettings()
    engine.context.config = engine.context.config.model_copy(
        update={"index_optimization": settings}
    )
    engine.context.projections = SimpleNamespace(pid=None, upkeep=upkeep)
    assert await engine.look(70) == [""] * 70
    assert asked == []
    engine.context.projections.pid = 7
    assert await engine.look() == ["recall"]
    assert asked == ["chroma.reach"]
    await engine.look(30)
    assert asked == ["chroma.reach"]
