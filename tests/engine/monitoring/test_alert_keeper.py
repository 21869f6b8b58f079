from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.database.database import Database
from engine.errors import DataDirectoryError
from engine.monitoring import alert_keeper
from engine.monitoring.alert_keeper import QUIET_SECONDS, AlertKeeper
from engine.monitoring.events import EventLog
from engine.snapshots import Alert

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

WARNING = Alert("queue.sync", "warning", "sync: 101 operations waiting")
CRITICAL = Alert("disk.data", "critical", "only 3 MB free")


class Bench:
    """A keeper on a real store, with all that it tells others."""

    def __init__(self, database: Database, clock) -> None:
        self.database, self.clock = database, clock
        self.events = EventLog(clock)
        self.delivered: list[tuple[str, bool]] = []
        self.keeper = AlertKeeper(database, clock, self.events, self._deliver)

    def _deliver(self, alert: Alert) -> None:
        self.delivered.append((alert.id, alert.resolved_at is not None))

    def kinds(self) -> list[str]:
        return [event.kind for event in self.events.after(0, 1000)]

    async def quiet(self) -> None:
        await self.keeper.update([])
        self.clock.advance(QUIET_SECONDS)
        await self.keeper.update([])


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = Database(tmp_path)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def bench(database: Database, clock) -> Bench:
    return Bench(database, clock)


@pytest.fixture
def writes(database: Database, monkeypatch) -> list[int]:
    """One entry a transaction asked for."""
    made: list[int] = []
    real = database.write

    def counted(job, **options):
        made.append(1)
        return real(job, **options)

    monkeypatch.setattr(database, "write", counted)
    return made


async def test_an_alert_is_raised_once(bench: Bench, writes: list[int]) -> None:
    start = bench.clock.now()
    for _ in range(3):
        await bench.keeper.update([WARNING, CRITICAL])
        bench.clock.advance(5)
    assert [alert.id for alert in bench.keeper.current] == [CRITICAL.id, WARNING.id]
    assert {alert.since for alert in bench.keeper.current} == {start}
    assert bench.kinds() == ["alert.raised", "alert.raised"]
    assert bench.delivered == [(WARNING.id, False), (CRITICAL.id, False)]
    assert len(writes) == 1


async def test_nothing_is_written_when_nothing_is_wrong(bench: Bench, writes: list[int]) -> None:
    await bench.keeper.update([])
    assert not writes


async def test_a_changed_message_is_kept_without_raising_again(bench: Bench, writes) -> None:
    await bench.keeper.update([WARNING])
    start = bench.clock.now()
    bench.clock.advance(5)
    await bench.keeper.update([Alert(WARNING.id, "critical", "worse")])
    (alert,) = bench.keeper.current
    assert (alert.severity, alert.message, alert.since) == ("critical", "worse", start)
    assert await bench.keeper.history(10) == [alert]
    assert bench.kinds() == ["alert.raised"]
    assert len(writes) == 2


async def test_a_number_that_hovers_does_not_flap(bench: Bench) -> None:
    for found in ([WARNING], [], [WARNING], []) * 5:
        await bench.keeper.update(found)
        bench.clock.advance(QUIET_SECONDS - 1)
    assert bench.kinds() == ["alert.raised"]


async def test_what_is_over_is_resolved_after_the_quiet_time(bench: Bench) -> None:
    await bench.keeper.update([WARNING])
    await bench.keeper.update([])
    bench.clock.advance(QUIET_SECONDS - 0.1)
    await bench.keeper.update([])
    assert len(bench.keeper.current) == 1
    bench.clock.advance(0.1)
    await bench.keeper.update([])
    assert bench.keeper.current == ()
    assert bench.delivered == [(WARNING.id, False), (WARNING.id, True)]
    assert bench.kinds() == ["alert.raised", "alert.resolved"]
    (row,) = await bench.keeper.history(10)
    assert row.resolved_at == bench.clock.now()


async def test_acknowledged_and_back_again_is_new(bench: Bench) -> None:
    await bench.keeper.update([WARNING])
    assert await bench.keeper.acknowledge(WARNING.id, "ann")
    assert await bench.keeper.acknowledge(WARNING.id, "bob")
    assert bench.keeper.current[0].acknowledged_by == "ann"
    assert not await bench.keeper.acknowledge("no.such", "ann")
    await bench.quiet()
    assert not await bench.keeper.acknowledge(WARNING.id, "ann")
    await bench.keeper.update([WARNING])
    assert bench.keeper.current[0].acknowledged_by == ""
    assert bench.kinds().count("alert.acknowledged") == 1
    new, old = await bench.keeper.history(10)
    assert (new.acknowledged_by, old.acknowledged_by) == ("", "ann")


async def test_an_acknowledgement_is_taken_back_and_stays_so(bench: Bench) -> None:
    await bench.keeper.update([WARNING])
    assert await bench.keeper.forget(WARNING.id, "ann")  # nobody knew: nothing to tell
    await bench.keeper.acknowledge(WARNING.id, "ann")
    assert await bench.keeper.forget(WARNING.id, "bob")
    assert bench.keeper.current[0].acknowledged_by == ""
    assert bench.kinds() == ["alert.raised", "alert.acknowledged", "alert.forgotten"]
    (row,) = await bench.keeper.history(10)
    assert row.acknowledged_by == ""
    await bench.quiet()
    assert not await bench.keeper.forget(WARNING.id, "ann")


async def test_the_order_is_grave_then_unacknowledged_then_old(bench: Bench) -> None:
    for name in ("a", "b", "c"):
        await bench.keeper.update([*bench.keeper.current, Alert(name, "warning", name)])
        bench.clock.advance(1)
    await bench.keeper.update([*bench.keeper.current, CRITICAL])
    await bench.keeper.acknowledge("a", "ann")
    assert [alert.id for alert in bench.keeper.current] == [CRITICAL.id, "b", "c", "a"]


async def test_a_restart_tells_nothing_again(bench: Bench) -> None:
    await bench.keeper.update([WARNING])
    await bench.keeper.acknowledge(WARNING.id, "ann")
    later = Bench(bench.database, bench.clock)
    await later.keeper.load()
    assert later.keeper.current == bench.keeper.current
    await later.keeper.update([WARNING])
    assert later.delivered == []
    assert later.kinds() == []
    await later.quiet()
    assert later.delivered == [(WARNING.id, True)]


async def test_resolved_ones_are_pruned(bench: Bench, monkeypatch) -> None:
    monkeypatch.setattr(alert_keeper, "RESOLVED_KEPT", 3)
    await bench.keeper.update([CRITICAL])
    for number in range(5):
        await bench.keeper.update([CRITICAL, Alert(f"rule.{number}", "warning", "m")])
        await bench.keeper.update([CRITICAL])
        bench.clock.advance(QUIET_SECONDS)
        await bench.keeper.update([CRITICAL])
    kept = [alert.id for alert in await bench.keeper.history(100)]
    assert kept == ["rule.4", "rule.3", "rule.2", CRITICAL.id]
    assert len(await bench.keeper.history(2)) == 2


async def test_a_store_that_can_not_be_written_hides_no_alert(bench: Bench, monkeypatch) -> None:
    real = bench.database.write

    async def full(job, **_options):
        raise DataDirectoryError("database or disk is full")

    monkeypatch.setattr(bench.database, "write", full)
    await bench.keeper.update([CRITICAL])
    await bench.keeper.update([CRITICAL, WARNING])
    assert len(bench.keeper.current) == 2
    assert bench.delivered == [(CRITICAL.id, False), (WARNING.id, False)]
    assert bench.kinds().count("alert.unwritten") == 1
    assert await bench.keeper.history(10) == []
    monkeypatch.setattr(bench.database, "write", real)
    await bench.keeper.update([CRITICAL, WARNING])
    assert {alert.id for alert in await bench.keeper.history(10)} == {CRITICAL.id, WARNING.id}


async def test_a_write_whose_answer_was_lost_is_repeated_harmlessly(bench, monkeypatch):
    real = bench.database.write

    async def lost(job, **options):
        await real(job, **options)
        raise DataDirectoryError("the answer was lost")

    monkeypatch.setattr(bench.database, "write", lost)
    await bench.keeper.update([WARNING])
    monkeypatch.setattr(bench.database, "write", real)
    await bench.quiet()
    (row,) = await bench.keeper.history(10)
    assert row.resolved_at is not None


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sets(st.sampled_from("abc")), st.sampled_from([1, 10, 30])), max_size=15)
)
def test_the_table_and_the_deliveries_agree_with_memory(tmp_path_factory, steps) -> None:
    import asyncio  # noqa: PLC0415 - hypothesis runs plain functions only

    from tests.conftest import FakeClock  # noqa: PLC0415

    async def story() -> None:
        database = Database(tmp_path_factory.mktemp("alerts"))
        await database.open()
        try:
            bench = Bench(database, FakeClock())
            for names, seconds in steps:
                await bench.keeper.update([Alert(name, "warning", "m") for name in sorted(names)])
                assert names <= {alert.id for alert in bench.keeper.current}
                bench.clock.advance(seconds)
            rows = await bench.keeper.history(1000)
            alive = {row for row in rows if row.resolved_at is None}
            assert alive == set(bench.keeper.current)
            for name in "abc":
                told = [over for id_, over in bench.delivered if id_ == name]
                assert told == [bool(n % 2) for n in range(len(told))]
                lives = [row for row in rows if row.id == name]
                assert len(told) == 2 * len(lives) - any(row.id == name for row in alive)
        finally:
            await database.close()

    asyncio.run(story())


async def test_two_live_rows_of_one_alert_are_impossible(bench: Bench) -> None:
    await bench.keeper.update([WARNING])
    insert = "INSERT INTO alerts (id, severity, message, since) VALUES (?, 'warning', 'm', 1)"
    with pytest.raises(sqlite3.IntegrityError):
        await bench.database.write(lambda c: c.execute(insert, (WARNING.id,)).rowcount)
