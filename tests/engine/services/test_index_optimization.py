from __future__ import annotations

import random
import re
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from engine.database.database import Database
from engine.errors import StoreUnavailableError
from engine.monitoring.events import EventLog
from engine.monitoring.situation import last_damage
from engine.operations import Completed, Failed, NewOperation, Operation, ServiceType, Snooze
from engine.queue.sqlite_queue import SqliteQueue
from engine.service_config import ServiceConfiguration
from engine.services import optimization
from engine.services.index_optimization import AUTOMATIC, IndexOptimizationService
from engine.services.optimization import records
from engine.services.optimization.sqlite import SqliteUpkeep
from engine.snapshots import STEPS, OptimizationRun, Progress

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from engine.services.optimization.plan import Work

SQLITE_ONLY = {"optimize_chroma_indices": False, "optimize_kuzu_indices": False}


@pytest.fixture
async def service(tmp_path: Path, clock, ids) -> AsyncIterator[IndexOptimizationService]:
    database = Database(tmp_path)
    await database.open()
    config = ServiceConfiguration.model_validate(
        {"data_dir": str(tmp_path), "index_optimization": SQLITE_ONLY}
    )
    queue = SqliteQueue(database, config, clock=clock, ids=ids, owner="test")
    await queue.open()
    yield IndexOptimizationService(
        SimpleNamespace(
            config=config,
            database=database,
            queue=queue,
            clock=clock,
            events=EventLog(clock),
            governor=SimpleNamespace(typing=False, share=1.0),
        )
    )
    await database.close()


async def claimed(service: IndexOptimizationService, origin: str, **payload) -> Operation:
    queue = service.context.queue
    new = NewOperation(service.name, "optimize_indices", origin, payload=payload, origin=origin)
    await queue.enqueue([new])
    (operation,) = await queue.claim(service.name, 1)
    return operation


async def keep_busy(service: IndexOptimizationService) -> None:
    await service.context.queue.enqueue(
        [NewOperation(ServiceType.INCREMENTAL_SYNC, "sync_task", "t-1")]
    )


async def fill_and_empty(database: Database) -> None:
    """4 MB of noise, and then it is gone: free pages and a long log."""
    noise = random.Random(1).randbytes(4_000_000)  # noqa: S311 - not a secret
    await database.write(
        lambda c: c.execute("INSERT INTO meta VALUES ('noise', ?)", (noise,)).rowcount
    )
    await database.write(lambda c: c.execute("DELETE FROM meta WHERE key = 'noise'").rowcount)


async def test_a_run_records_what_it_found_and_left(service: IndexOptimizationService) -> None:
    database = service.context.database
    await fill_and_empty(database)
    (outcome,) = await service.run("optimize_indices", [await claimed(service, "a person")])
    assert isinstance(outcome, Completed)
    assert "MB smaller" in outcome.evidence["sqlite"]
    (run,) = await records.latest(database, 10)
    before, after = run.before, run.after
    assert (run.store, run.reason, run.result) == ("sqlite", "a person", outcome.evidence["sqlite"])
    assert [step.split(":")[0] for step in run.steps] == ["incremental vacuum", "checkpoint"]
    assert before["fragmentation_percent"] > 50
    assert before["wal_bytes"] > 4_000_000
    assert before["bytes"] > 8_000_000
    assert run.gained_bytes > 7_000_000
    assert (after["free_pages"], after["fragmentation_percent"], after["wal_bytes"]) == (0, 0, 0)
    assert after["bytes"] < 1_000_000


async def test_all_pages_are_freed_though_in_steps(service) -> None:
    await fill_and_empty(service.context.database)
    await service.run("optimize_indices", [await claimed(service, "a person")])
    (row,) = await service.context.database.rows("PRAGMA freelist_count")
    assert row[0] == 0


@pytest.mark.parametrize("origin", sorted(AUTOMATIC))
async def test_what_nobody_asked_for_waits_for_a_quiet_moment(service, origin: str) -> None:
    operation = await claimed(service, origin)
    await keep_busy(service)
    (outcome,) = await service.run("optimize_indices", [operation])
    assert isinstance(outcome, Snooze)
    assert not await service.context.database.rows("SELECT * FROM optimizations")
    assert f"waits: {outcome.reason}" == "waits: no quiet moment yet"  # as it is told
    await service.context.queue.claim(ServiceType.INCREMENTAL_SYNC, 1)  # running is not quiet
    (outcome,) = await service.run("optimize_indices", [operation])
    assert isinstance(outcome, Snooze)


async def test_a_person_and_what_waited_long_enough_do_not_wait(service) -> None:
    await keep_busy(service)
    for operation in (
        await claimed(service, "a person"),
        await claimed(service, "interval", anyway=True),
    ):
        (outcome,) = await service.run("optimize_indices", [operation])
        assert isinstance(outcome, Completed)


@pytest.mark.parametrize(("typing", "share"), [(True, 1.0), (False, 0.9)])
async def test_a_typist_or_a_busy_machine_is_not_quiet(service, typing: bool, share: float) -> None:
    operation = await claimed(service, "interval")
    service.context.governor = SimpleNamespace(typing=typing, share=share)
    (outcome,) = await service.run("optimize_indices", [operation])
    assert isinstance(outcome, Snooze)
    service.context.governor = SimpleNamespace(typing=False, share=1.0)
    (outcome,) = await service.run("optimize_indices", [operation])
    assert isinstance(outcome, Completed)


async def test_damage_fails_for_good_and_nothing_is_changed(
    service: IndexOptimizationService, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def found(_: SqliteUpkeep) -> str:
        return "row 7 missing from index tasks_by_order"

    monkeypatch.setattr(SqliteUpkeep, "damage", found)
    database = service.context.database
    await fill_and_empty(database)
    (outcome,) = await service.run("vacuum_sqlite", [await claimed(service, "a person")])
    assert isinstance(outcome, Failed)
    assert outcome.permanent
    assert "row 7 missing" in outcome.error
    assert "restore a backup" in outcome.error
    (free,) = await database.rows("PRAGMA freelist_count")
    assert free[0] > 900
    assert await last_damage(database) == "row 7 missing from index tasks_by_order"
    kinds = [event.kind for event in service.context.events.after(0, 10)]
    assert "store.damaged" in kinds
    monkeypatch.undo()
    (outcome,) = await service.run("vacuum_sqlite", [await claimed(service, "later")])
    assert isinstance(outcome, Completed)
    assert await last_damage(database) == ""


async def test_a_dry_run_changes_and_records_nothing(service: IndexOptimizationService) -> None:
    database = service.context.database
    await fill_and_empty(database)
    (run,) = await service.optimize(["sqlite"], "a person", dry_run=True)
    assert run.result == "not done"
    assert run.steps
    (free,) = await database.rows("PRAGMA freelist_count")
    assert free[0] > 900
    assert await records.latest(database, 10) == ()
    assert await service.last_result() == ""


async def test_a_store_that_is_away_does_not_keep_the_others_from_it(
    service: IndexOptimizationService,
) -> None:
    async def away(*_: object, **__: object) -> None:
        raise StoreUnavailableError("kuzu", "graph.kuzu is not a file")

    service.context.projections = SimpleNamespace(upkeep=away)
    sqlite, kuzu = await service.optimize(["sqlite", "kuzu"], "a person")
    assert (sqlite.result, kuzu.result) == (
        "nothing to do",
        "left alone: kuzu: graph.kuzu is not a file",
    )
    assert [run.store for run in await records.latest(service.context.database, 10)] == ["sqlite"]
    with pytest.raises(StoreUnavailableError, match="is not a file"):
        await service.optimize(["kuzu"], "a person")
    assert service.activity == ""


async def test_the_work_at_hand_and_the_last_result_are_told(
    service: IndexOptimizationService, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    far: list[Progress | None] = []
    plain = SqliteUpkeep.do

    async def noted(self: SqliteUpkeep, work: Work) -> None:
        seen.append(service.activity)
        far.append(service.progress)
        await plain(self, work)

    monkeypatch.setattr(SqliteUpkeep, "do", noted)
    await fill_and_empty(service.context.database)
    await service.optimize(["sqlite"], "a person")
    assert seen[0].startswith("sqlite: incremental vacuum: ")
    assert far == [Progress(done, len(seen), STEPS) for done in range(len(seen))]
    assert service.progress is None
    assert service.activity == ""
    assert "MB smaller" in await service.last_result()


async def test_records_are_kept_as_many_as_operations_and_what_plans_ask_for(
    service: IndexOptimizationService,
) -> None:
    database = service.context.database
    figures = (
        ("chroma", {"rebuilt_recall": 0.9}), ("sqlite", {"vacuumed_percent": 3.0}),
        ("sqlite", {"vacuumed_percent": 4.0}), ("kuzu", {"fresh_bytes": 5.0}),
    )  # fmt: skip
    runs = [OptimizationRun(0, store, 1.0, 0.0, "x", after=after) for store, after in figures]
    plain = OptimizationRun(0, "sqlite", 2.0, 0.0, "x")
    numbers = [await records.keep(database, run, 3) for run in (*runs, *[plain] * 4)]
    assert numbers == list(range(1, 9))
    assert [run.id for run in await records.latest(database, 20)] == [8, 7, 6, 4, 3, 1]
    for store, after in (figures[0], *figures[2:]):
        assert await records.last_with(database, store, next(iter(after))) == after
    await records.keep(database, plain, 0)
    assert [run.id for run in await records.latest(database, 20)] == [9, 4, 3, 1]
    settings = service.context.config.model_copy(update={"history_limit": 2})
    service.context.config = settings
    await service.optimize(["sqlite"], "a person")
    await service.optimize(["sqlite"], "a person")
    assert [run.id for run in await records.latest(database, 20)] == [11, 10, 4, 3, 1]


def test_the_figures_that_plans_ask_for_are_those_that_are_kept() -> None:
    asked = {
        found
        for path in Path(optimization.__path__[0]).glob("*.py")
        for found in re.findall(r'last_with\([^()]+, "\w+", "(\w+)"\)', path.read_text("utf-8"))
    }
    assert asked == set(records.FIGURES)


async def test_a_step_that_counts_is_told_as_progress(service, clock) -> None:
    say = service._say("chroma")
    say("measuring")
    assert service.progress == Progress(0, 0, STEPS)
    say("copying vectors, 1,000 of 4,000")
    clock.advance(10.0)
    say("copying vectors, 2,000 of 4,000")
    found = service.progress
    assert (found.done, found.total, found.rate, found.seconds_left) == (2000, 4000, 100.0, 20.0)
    say("having the disk keep the copy")
    assert service.progress == Progress(0, 0, STEPS)
    assert service.activity == "chroma: having the disk keep the copy"
