"""A repeated call with its key is done once, whatever became of the first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from engine.errors import CycleError, InvalidInputError, TaskExistsError
from engine.host import calls
from engine.host.embedded import EmbeddedEngine
from engine.host.opening import open_engine
from engine.operations import OperationFilter, Steering
from engine.service_config import ServiceConfiguration
from engine.stores import idempotency
from engine.stores.idempotency import keyed
from engine.tasks import TaskDraft

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[EmbeddedEngine]:
    async with open_engine(ServiceConfiguration(data_dir=tmp_path), services=False) as opened:
        yield opened


async def total(engine: EmbeddedEngine) -> int:
    return len(await engine.list_tasks())


async def test_a_task_is_created_once_for_a_key(engine: EmbeddedEngine) -> None:
    draft = TaskDraft("Write", tags=("a", "b"), extra={"deep": [1, {"x": None}]})
    first = await engine.create_task(draft, idempotency_key="k")
    again = await engine.create_task(draft, idempotency_key="k")
    assert again == first
    assert await total(engine) == 1
    await engine.create_task(draft, idempotency_key="other")
    await engine.create_task(draft)
    await engine.create_task(draft)
    assert await total(engine) == 4


async def test_the_key_of_another_call_is_refused(engine: EmbeddedEngine) -> None:
    first = await engine.create_task(TaskDraft("Write"), idempotency_key="k")
    with pytest.raises(InvalidInputError, match="'k' was used for another call"):
        await engine.create_task(TaskDraft("Read"), idempotency_key="k")
    with pytest.raises(InvalidInputError, match="used for another call"):
        await engine.delete_task(first.id, idempotency_key="k")
    with pytest.raises(InvalidInputError, match="idempotency_key"):
        await engine.create_task(TaskDraft("Read"), idempotency_key="k" * 201)
    assert await total(engine) == 1


async def test_a_refused_call_leaves_its_key_free(engine: EmbeddedEngine) -> None:
    await engine.create_task(TaskDraft("a", id="a"))
    await engine.create_task(TaskDraft("b", id="b", depends_on=("a",)))
    for _ in range(2):
        with pytest.raises(TaskExistsError):
            await engine.create_task(TaskDraft("a", id="a"), idempotency_key="k")
        with pytest.raises(CycleError):
            await engine.add_dependency("a", "b", idempotency_key="c")
    await engine.remove_dependency("b", "a")
    assert await engine.add_dependency("a", "b", idempotency_key="c") is True


async def test_every_write_answers_again_what_it_answered(engine: EmbeddedEngine) -> None:
    a = await engine.create_task(TaskDraft("a", id="a"))
    await engine.create_task(TaskDraft("b", id="b"))

    async def twice(name: str, *args: Any, **kwargs: Any) -> Any:
        first = await getattr(engine, name)(*args, idempotency_key=name, **kwargs)
        assert await getattr(engine, name)(*args, idempotency_key=name, **kwargs) == first
        return first

    updated = await twice("update_task", a.id, {"title": "A"}, expected_version=1)
    assert updated.version == 2
    assert await twice("add_dependency", "a", "b") is True
    assert await twice("remove_dependency", "a", "b") is True
    operation = await twice("schedule_operation", "index_optimization", "optimize_indices")
    assert isinstance(operation, int)
    report = await twice("import_drafts", [(1, TaskDraft("new")), (2, TaskDraft("", id="c"))])
    assert (report.created, len(report.errors)) == (1, 1)
    assert (await twice("delete_task", "a")).id == "a"
    assert [task.title for task in await engine.list_tasks()] == ["b", "new"]


async def test_a_call_of_many_writes_goes_on_where_it_was(
    engine: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.stores.tasks.IMPORT_CHUNK", 2)
    drafts = [(n, TaskDraft(f"t{n}")) for n in range(5)]
    with keyed("call"):
        await engine.import_drafts(drafts[:2])  # cut off after the first chunk
    with keyed("call"):
        report = await engine.import_drafts(drafts)
    assert report.created == 5
    assert await total(engine) == 5


async def test_steering_tells_again_what_it_touched(engine: EmbeddedEngine) -> None:
    await engine.create_task(TaskDraft("a"))
    told = []
    for _ in range(2):
        with keyed("call"):
            told.append(await engine.steer_operations(Steering.PAUSE, OperationFilter()))
    assert told[0]
    assert told[0] == told[1]


async def test_what_a_call_left_behind_is_not_taken_for_the_call(engine: EmbeddedEngine) -> None:
    with keyed("call"):
        call = idempotency._current.get()
    token = idempotency._current.set(call)
    await engine.create_task(TaskDraft("a"))
    await engine.create_task(TaskDraft("a"))
    idempotency._current.reset(token)
    assert await total(engine) == 2
    assert await engine.manager.context.database.rows("SELECT * FROM answered") == []


async def test_answers_are_forgotten_in_time(engine: EmbeddedEngine, clock: Any) -> None:
    database = engine.manager.context.database
    await engine.create_task(TaskDraft("a"), idempotency_key="k")
    (row,) = await database.rows("SELECT forget_at FROM answered")
    for now, kept in ((row["forget_at"] - 1, 1), (row["forget_at"] + 1, 0)):
        await database.write(lambda c, now=now: idempotency._forget(c, now))
        assert len(await database.rows("SELECT * FROM answered")) == kept


def test_every_call_that_takes_a_key_heeds_it() -> None:
    taking = [n for n in calls.names() if "idempotency_key" in calls.method(n).arguments]
    assert len(taking) >= 9
    heeding = [n for n in calls.names() if hasattr(getattr(EmbeddedEngine, n), "__wrapped__")]
    assert heeding == taking
