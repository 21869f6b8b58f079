"""An import is taken back on a real store, where others work and where calls fail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from engine.errors import DataDirectoryError, TaskNotFoundError
from engine.host import open_engine
from engine.service_config import ServiceConfiguration
from engine.tasks import TaskDraft
from vespera_tui.import_undo import undo_import
from vespera_tui.imported import Imported, read_before

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from engine.host.embedded import EmbeddedEngine
    from vespera_tui.undo import Undo


class Quiet:
    """As much of the app as long work needs."""

    work: Any = None

    def show_work(self, work: Any) -> None:
        self.work = work


class Failing:
    """An engine of which named calls fail: the disk is full, or somebody was quicker."""

    def __init__(self, engine: EmbeddedEngine) -> None:
        self._engine = engine
        self.full: set[tuple[str, str]] = set()
        self.deleted_first: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._engine, name)

        async def checked(task_id: str, *args: Any, **options: Any) -> Any:
            if (name, task_id) in self.full:
                raise DataDirectoryError("the disk is full")
            if name == "delete_task" and task_id in self.deleted_first:
                await call(task_id)
            return await call(task_id, *args, **options)

        return checked


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[EmbeddedEngine]:
    async with open_engine(ServiceConfiguration(data_dir=tmp_path), services=False) as opened:
        yield opened


async def imported(engine: EmbeddedEngine, *drafts: TaskDraft) -> Undo:
    """What takes back an import of ``drafts``."""
    there = {task.id for task in await engine.list_tasks()}
    before = await read_before(engine, [each.id for each in drafts if each.id in there])
    report = await engine.import_drafts(list(enumerate(drafts)))
    assert not report.errors
    done, console = Imported(), Quiet()
    done.add(report, {each.id: each for each in drafts}, before)
    return undo_import(console, "a file", done)  # type: ignore[arg-type]  # as much as it needs


async def test_after_a_failure_it_goes_on_where_it_was(engine: EmbeddedEngine) -> None:
    old = [TaskDraft(f"Old {n}", id=f"t-{n}") for n in range(3)]
    await engine.import_drafts(list(enumerate(old)))
    new = [TaskDraft(f"New {n}", id=f"n-{n}") for n in range(2)]
    linked = TaskDraft("Renamed", id="t-2", depends_on=("t-0",))
    undo = await imported(
        engine, *(TaskDraft("Renamed", id=f"t-{n}") for n in range(2)), linked, *new
    )
    await engine.add_dependency("t-0", "n-0")
    failing: Any = Failing(engine)
    steps = (("update_task", "t-1"), ("remove_dependency", "t-2"), ("delete_task", "n-1"),
             ("add_dependency", "t-0"))  # fmt: skip
    failing.full = set(steps)
    for step in steps:
        with pytest.raises(DataDirectoryError):
            await undo.run(failing)
        failing.full.remove(step)
    assert await undo.run(failing) == "a file: 2 deleted, 3 as before"
    assert [(await engine.get_task(each.id)).title for each in old] == [each.title for each in old]
    assert await engine.count_tasks() == 3
    assert [each.target_id for each in await engine.get_links("t-0")] == ["n-0"]
    assert not await engine.get_links("t-2")


async def test_what_others_delete_meanwhile_does_not_end_it(engine: EmbeddedEngine) -> None:
    await engine.import_drafts([(1, TaskDraft("Old", id="t-0")), (2, TaskDraft("Old", id="t-1"))])
    undo = await imported(engine, *(TaskDraft(f"New {n}", id=f"n-{n}") for n in range(3)))
    await engine.add_dependency("t-0", "n-1")
    await engine.add_dependency("t-1", "n-1")
    failing: Any = Failing(engine)
    failing.deleted_first = {"n-0"}

    async def gone(task_id: str, target: str, **options: Any) -> Any:
        if task_id == "t-0":
            raise TaskNotFoundError(task_id)
        return await engine.add_dependency(task_id, target, **options)

    failing.add_dependency = gone
    words = "a file: 2 deleted, 0 as before; 1 stays, changed or deleted meanwhile"
    assert await undo.run(failing) == words
    assert await engine.count_tasks() == 2
    assert [each.target_id for each in await engine.get_links("t-1")] == ["n-1"]


async def test_a_link_that_a_person_removed_since_stays_removed(engine: EmbeddedEngine) -> None:
    old = [TaskDraft("Old", id="t-1", depends_on=("a",)), TaskDraft("A", id="a")]
    await engine.import_drafts(list(enumerate(old)))
    undo = await imported(engine, TaskDraft("Old", id="t-1", depends_on=("a", "b")))
    await engine.remove_dependency("t-1", "a")
    assert await undo.run(engine) == "a file: 0 deleted, 1 as before"
    assert not await engine.get_links("t-1")


async def test_what_the_file_added_beside_the_fields_is_told(engine: EmbeddedEngine) -> None:
    await engine.import_drafts([(1, TaskDraft("Old", id="t-1")), (2, TaskDraft("Old", id="t-2"))])
    undo = await imported(
        engine, TaskDraft("Renamed", id="t-1", extra={"size": 3}), TaskDraft("Renamed", id="t-2")
    )
    told = await undo.run(engine)
    assert told == (
        "a file: 0 deleted, 1 as before, 1 in part: what the file added beside the fields stays"
    )
    task = await engine.get_task("t-1")
    assert (task.title, task.extra) == ("Old", {"size": 3})


async def test_what_was_deleted_since_the_preview_is_left_out(engine: EmbeddedEngine) -> None:
    await engine.import_drafts([(1, TaskDraft("Old", id="t-1"))])
    assert list(await read_before(engine, ["gone", "t-1"])) == ["t-1"]


async def test_what_was_changed_and_set_back_since_goes_too(engine: EmbeddedEngine) -> None:
    await engine.import_drafts([(1, TaskDraft("Old", id="t-1"))])
    undo = await imported(engine, TaskDraft("New", id="t-1"), TaskDraft("Made", id="n-1"))
    for task_id, title in (("t-1", "New"), ("n-1", "Made")):
        await engine.update_task(task_id, {"title": "Other"})
        await engine.update_task(task_id, {"title": title, "project": ""})
    assert await undo.run(engine) == "a file: 1 deleted, 1 as before"


async def test_what_others_made_with_the_same_id_stays(engine: EmbeddedEngine) -> None:
    undo = await imported(
        engine,
        TaskDraft("Made", id="n-1", tags=("x", "x")),
        TaskDraft("2", id="n-2", tags=("x", "x")),
    )
    await engine.delete_task("n-1")
    made = await engine.create_task(TaskDraft("By an agent", id="n-1"), actor="agent")
    assert made.version == 1
    words = "a file: 1 deleted, 0 as before; 1 stays, changed or deleted meanwhile"
    assert await undo.run(engine) == words
    assert await engine.get_task("n-1") == made


async def test_what_others_wrote_into_another_field_stays(engine: EmbeddedEngine) -> None:
    await engine.import_drafts([(1, TaskDraft("Old", id="t-1"))])
    undo = await imported(engine, TaskDraft("New", id="t-1"))
    await engine.update_task("t-1", {"assignee": "ann"}, actor="ann")
    assert await undo.run(engine) == "a file: 0 deleted, 1 as before"
    task = await engine.get_task("t-1")
    assert (task.title, task.assignee) == ("Old", "ann")
