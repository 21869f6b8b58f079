"""What is done to many tasks at once, on a real store, where others work and where calls fail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from engine.errors import DataDirectoryError, InvalidInputError
from engine.host import open_engine
from engine.service_config import ServiceConfiguration
from engine.tasks import Link, TaskDraft
from tests.vespera_tui.asked import Asked
from vespera_tui.task_bulk import AT_MOST, CLAIM, DELETE, FINISH, Deed, do_many
from vespera_tui.task_undo import undo_delete

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from engine.host.embedded import EmbeddedEngine


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[EmbeddedEngine]:
    async with open_engine(ServiceConfiguration(data_dir=tmp_path), services=False) as opened:
        drafts = [TaskDraft(f"Task {n}", id=f"t-{n}") for n in range(3)]
        await opened.import_drafts(list(enumerate(drafts)))
        yield opened


async def do(console: Any, deed: Deed, *ids: str) -> None:
    await do_many(console, deed, ids, "of all")


@pytest.mark.parametrize("deed", [FINISH, CLAIM, DELETE])
async def test_what_was_changed_while_the_question_stood_is_left_alone(
    engine: EmbeddedEngine, deed: Deed
) -> None:
    async def edited() -> None:
        await engine.update_task("t-0", {"title": "By somebody"})

    console = Asked(engine, edited)
    await do(console, deed, "t-0", "t-1")
    assert "1 task is" in console.said
    assert "t-0: changed meanwhile" in console.said
    task = await engine.get_task("t-0")
    assert (task.title, task.status, task.version) == ("By somebody", "open", 2)


async def test_taking_many_back_goes_on_after_a_failure(
    engine: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    console = Asked(engine)
    await do(console, CLAIM, "t-0", "t-1", "t-2")
    await engine.update_task("t-2", {"assignee": "somebody"})
    assert console.undo is not None
    update = engine.update_task

    async def full(task_id: str, *args: Any, **options: Any) -> Any:
        if task_id == "t-0":
            raise DataDirectoryError("the disk is full")
        return await update(task_id, *args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(engine, "update_task", full)
        with pytest.raises(DataDirectoryError):
            await console.undo.run(engine)
    told = await console.undo.run(engine)
    assert told.startswith("2 tasks as before; not 1 task: somebody changed assignee of t-2")
    assert [(await engine.get_task(f"t-{n}")).status for n in range(2)] == ["open", "open"]


@pytest.mark.parametrize("everything", [True, False])
async def test_all_that_match_are_selected_no_longer_when_something_was_done(
    engine: EmbeddedEngine, everything: bool
) -> None:
    await engine.finish_task("t-0")
    console = Asked(engine, everything=everything)
    await do(console, CLAIM, "t-0", "t-1")
    assert not console.main_list.everything
    assert "not done" in console.said
    assert ("still selected" in console.said) is not everything


@pytest.mark.parametrize("everything", [True, False])
async def test_what_would_hit_all_others_too_ends_it_and_the_rest_stays_selected(
    engine: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch, everything: bool
) -> None:
    finish, tried = engine.finish_task, list[str]()

    async def full(task_id: str, **options: Any) -> Any:
        tried.append(task_id)
        if task_id != "t-0":
            raise DataDirectoryError("vespera.db: the disk is full")
        return await finish(task_id, **options)

    monkeypatch.setattr(engine, "finish_task", full)
    console = Asked(engine, everything=everything)
    await do(console, FINISH, "t-0", "t-1", "t-2")
    assert tried == ["t-0", "t-1"]
    assert console.said == (
        "vespera.db: the disk is full; 1 task is completed; 2 tasks not tried, and still selected"
    )
    assert console.problem
    assert console.main_list.chosen == (("t-1", "t-2") if everything else ())
    assert not console.main_list.everything
    assert console.undo is not None
    assert await console.undo.run(engine) == "1 task as before"


async def test_links_of_a_deleted_task_are_made_again_after_a_failure(
    engine: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await engine.add_dependency("t-1", "t-0")
    await engine.add_dependency("t-2", "t-0")
    console = Asked(engine)
    await do(console, DELETE, "t-0")
    assert console.undo is not None
    link, failing = engine.add_dependency, {"t-2"}

    async def full(task_id: str, *args: Any, **options: Any) -> Any:
        if task_id in failing:
            raise DataDirectoryError("the disk is full")
        return await link(task_id, *args, **options)

    monkeypatch.setattr(engine, "add_dependency", full)
    with pytest.raises(DataDirectoryError):
        await console.undo.run(engine)
    failing.clear()
    await engine.delete_task("t-1")
    assert await console.undo.run(engine) == "1 task as before"
    assert [each.task_id for each in await engine.get_links("t-0")] == ["t-2"]


async def test_a_link_from_a_task_that_is_gone_is_counted(engine: EmbeddedEngine) -> None:
    await engine.add_dependency("t-1", "t-0")
    task, links = await engine.get_task("t-0"), await engine.get_links("t-0")
    await engine.delete_task("t-0")
    back = undo_delete(task, [*links, Link("gone", "t-0", "blocks")])
    assert await back.run(engine) == (
        "t-0 is there again, as version 1; 1 of its links could not be made again"
    )


async def test_those_that_are_all_gone_are_a_problem(engine: EmbeddedEngine) -> None:
    console = Asked(engine)
    await do(console, DELETE, "gone")
    assert (console.said, console.problem) == ("none of these tasks is there any more", True)
    assert not console.asked


async def test_a_store_that_can_not_be_read_is_not_taken_for_an_empty_one(
    engine: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(_: str) -> Any:
        raise DataDirectoryError("the disk is full")

    monkeypatch.setattr(engine, "get_task", full)
    with pytest.raises(DataDirectoryError):
        await do(Asked(engine), DELETE, "t-0")


async def test_too_many_are_refused(engine: EmbeddedEngine) -> None:
    with pytest.raises(InvalidInputError, match="too many"):
        await do(Asked(engine), DELETE, *(f"t-{n}" for n in range(AT_MOST + 1)))
