from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engine.database.database import Database
from engine.errors import (
    CycleError,
    InvalidInputError,
    QueueFullError,
    TaskExistsError,
    TaskNotFoundError,
    VersionConflictError,
)
from engine.queue.sqlite_queue import SqliteQueue
from engine.service_config import ServiceConfiguration
from engine.stores.outbox import Outbox
from engine.stores.tasks import TaskStore
from engine.tasks import Link, TaskDraft

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


class Stores:
    def __init__(self, database, queue, tasks) -> None:
        self.database, self.queue, self.tasks = database, queue, tasks

    async def waiting(self) -> set[tuple[str, str | None]]:
        return {(view.kind, view.key) for view in await self.queue.view(limit=1000)}


@pytest.fixture
async def stores(tmp_path: Path, clock, ids) -> AsyncIterator[Stores]:
    database = Database(tmp_path)
    await database.open()
    config = ServiceConfiguration(data_dir=tmp_path)
    queue = SqliteQueue(database, config, clock=clock, ids=ids, owner="test")
    await queue.open()
    tasks = TaskStore(database, queue, Outbox(queue), clock=clock, ids=ids)
    yield Stores(database, queue, tasks)
    await database.close()


async def test_a_task_gets_a_short_id_and_causes_its_operations(stores: Stores) -> None:
    task = await stores.tasks.create(TaskDraft("Write the report", tags=("a", "b")))
    assert len(task.id) == 6
    assert await stores.tasks.get(task.id) == task
    assert await stores.waiting() == {("embed_task", task.id), ("batch_sync", "changes")}


async def test_a_task_whose_operations_can_not_be_queued_is_not_stored(stores: Stores) -> None:
    stores.queue.config = stores.queue.config.model_copy(update={"queue_limit": 1})
    with pytest.raises(QueueFullError):
        await stores.tasks.create(TaskDraft("needs two operations"))
    assert await stores.tasks.page() == []
    assert await stores.waiting() == set()


async def test_a_status_change_embeds_nothing(stores: Stores, clock) -> None:
    task = await stores.tasks.create(TaskDraft("a"))
    clock.advance(60)
    await stores.queue.stage()
    await stores.queue.claim("auto_embedding", 10)
    closed = await stores.tasks.update(task.id, {"status": "closed"})
    assert (closed.version, closed.closed_at) == (2, clock.now())
    kinds = [v.kind for v in await stores.queue.view(state="scheduled")]
    assert "embed_task" not in kinds


async def test_an_update_that_changes_nothing_writes_nothing(stores: Stores) -> None:
    task = await stores.tasks.create(TaskDraft("a"))
    assert await stores.tasks.update(task.id, {"title": "a"}) == task


async def test_an_update_of_an_old_version_is_refused(stores: Stores) -> None:
    task = await stores.tasks.create(TaskDraft("a"))
    await stores.tasks.update(task.id, {"title": "b"})
    with pytest.raises(VersionConflictError, match="at version 2, not 1"):
        await stores.tasks.update(task.id, {"title": "c"}, expected_version=1)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"title": "  "}, "title: must not be empty"),
        ({"title": "x" * 501}, "501 characters; at most 500"),
        ({"title": "a\0b"}, "NUL at character 2"),
        ({"title": "a\ud800"}, "lone surrogate at character 2"),
        ({"status": "done"}, "'done' is not one of open"),
        ({"priority": 9}, "9 is not a whole number from 0 to 4"),
        ({"tags": "abc"}, "expected a list of texts"),
        ({"colour": "red"}, "no such field of a task"),
    ],
)
async def test_bad_fields_are_named(stores: Stores, fields, message) -> None:
    task = await stores.tasks.create(TaskDraft("a"))
    with pytest.raises(InvalidInputError, match=message):
        await stores.tasks.update(task.id, fields)


async def test_a_link_that_closes_a_cycle_is_refused_with_its_path(stores: Stores) -> None:
    for name in "abc":
        await stores.tasks.create(TaskDraft(name, id=name))
    await stores.tasks.link("a", "b")
    await stores.tasks.link("b", "c")
    with pytest.raises(CycleError, match="c -> a -> b -> c"):
        await stores.tasks.link("c", "a")
    assert len(await stores.tasks.links("c")) == 1


async def test_a_parent_waits_for_its_children(stores: Stores) -> None:
    await stores.tasks.create(TaskDraft("parent", id="p"))
    await stores.tasks.create(TaskDraft("child", id="c", parent="p"))
    with pytest.raises(CycleError, match="c -> p -> c"):
        await stores.tasks.link("c", "p")


async def test_a_refused_creation_leaves_nothing(stores: Stores) -> None:
    await stores.tasks.create(TaskDraft("a", id="a", depends_on=("b",)))
    with pytest.raises(CycleError):
        await stores.tasks.create(TaskDraft("b", id="b", depends_on=("a",)))
    with pytest.raises(TaskNotFoundError):
        await stores.tasks.get("b")
    assert ("embed_task", "b") not in await stores.waiting()


async def test_an_id_can_be_used_once(stores: Stores) -> None:
    await stores.tasks.create(TaskDraft("a", id="a"))
    with pytest.raises(TaskExistsError, match="'a' exists already"):
        await stores.tasks.create(TaskDraft("b", id="a"))


async def test_dangling_links_are_counted_and_connect_later(stores: Stores) -> None:
    await stores.tasks.create(TaskDraft("a", id="a", depends_on=("later",)))
    assert (await stores.tasks.counts()).dangling == 1
    await stores.tasks.create(TaskDraft("later", id="later"))
    counts = await stores.tasks.counts()
    assert (counts.dangling, counts.links) == (0, {"blocks": 1})


async def test_deleting_removes_the_links_and_tells_the_projections(stores: Stores) -> None:
    await stores.tasks.create(TaskDraft("a", id="a"))
    await stores.tasks.create(TaskDraft("b", id="b", depends_on=("a",)))
    await stores.tasks.delete("a")
    assert await stores.tasks.links("b") == []
    assert ("batch_sync", "changes") in await stores.waiting()


async def test_an_import_repeated_changes_nothing(stores: Stores) -> None:
    drafts = [
        (1, TaskDraft("a", id="a", depends_on=("b",), tags=("x",), extra={"k": [1]})),
        (2, TaskDraft("b", id="b", links=(Link("", "c", "related"),))),
        (3, TaskDraft("", id="bad")),
    ]
    first = await stores.tasks.bring_in(drafts)
    assert (first.created, first.links, first.dangling) == (2, 2, 1)
    assert first.errors == ((3, "title: must not be empty"),)
    before = [task async for task in stores.tasks.everything()]
    second = await stores.tasks.bring_in(drafts)
    assert (second.created, second.updated, second.unchanged) == (0, 0, 2)
    assert [task async for task in stores.tasks.everything()] == before


async def test_an_import_keeps_cycles(stores: Stores) -> None:
    drafts = [
        (1, TaskDraft("a", id="a", depends_on=("b",))),
        (2, TaskDraft("b", id="b", depends_on=("a",))),
    ]
    report = await stores.tasks.bring_in(drafts)
    assert (report.created, report.links, report.errors) == (2, 2, ())


async def test_a_task_without_an_id_moves_to_a_longer_one_when_ids_run_short(
    stores: Stores,
) -> None:
    made = {(await stores.tasks.create(TaskDraft(str(n)))).id for n in range(300)}
    assert len(made) == 300
