"""What is taken back of tasks is what was done, whatever others did, on a real store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from engine.errors import TaskNotFoundError
from engine.host import open_engine
from engine.service_config import ServiceConfiguration
from engine.tasks import TaskDraft
from tests.vespera_tui.asked import Asked
from vespera_tui import linking, tasking
from vespera_tui.task_bulk import CLAIM, FINISH, do_many
from vespera_tui.task_undo import undo_create

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from engine.host.embedded import EmbeddedEngine


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[EmbeddedEngine]:
    async with open_engine(ServiceConfiguration(data_dir=tmp_path), services=False) as opened:
        for name in "ab":
            await opened.create_task(TaskDraft(name.upper(), id=name, description="of old"))
        yield opened


@pytest.fixture
def console(engine: EmbeddedEngine) -> Asked:
    console = Asked(engine)
    console.selected = "a"
    return console


async def edit(console: Asked, **fields: str) -> None:
    async def filled(form: Any) -> bool:
        return not await form._save(fields)

    console.answer = filled
    assert "is changed" in await console.does(tasking.edit)


async def test_two_changes_of_one_task_are_taken_back_one_after_the_other(
    engine: EmbeddedEngine, console: Asked
) -> None:
    await edit(console, title="First")
    await edit(console, title="Second", project="p")
    assert await console.undoes() == "a is as before: title, project"
    assert (await engine.get_task("a")).title == "First"
    assert await console.undoes() == "a is as before: title"
    task = await engine.get_task("a")
    assert (task.title, task.project) == ("A", "")


async def test_claiming_and_completing_are_taken_back_one_after_the_other(
    engine: EmbeddedEngine, console: Asked
) -> None:
    await console.does(tasking.claim)
    await console.does(tasking.finish)
    await console.undoes()
    assert (await engine.get_task("a")).status == "in_progress"
    await console.undoes()
    task = await engine.get_task("a")
    assert (task.status, task.assignee, task.closed_at) == ("open", "", None)


async def test_so_are_two_changes_of_many(engine: EmbeddedEngine, console: Any) -> None:
    for deed in (CLAIM, FINISH):
        await do_many(console, deed, ("a", "b"), "of all")
    assert await console.undoes() == await console.undoes() == "2 tasks as before"
    assert {task.status for task in await engine.list_tasks()} == {"open"}


async def test_creating_is_taken_back_after_a_change_was(engine: EmbeddedEngine) -> None:
    made = await engine.create_task(TaskDraft("C", id="c"))
    console = Asked(engine)
    console.selected = "c"
    console.stack.push(undo_create(made, "E"))
    await edit(console, title="Other")
    await console.undoes()
    assert await console.undoes() == "c is gone again"
    with pytest.raises(TaskNotFoundError):
        await engine.get_task("c")


async def test_another_task_with_the_id_is_not_taken_for_the_one_that_was_created(
    engine: EmbeddedEngine, console: Asked
) -> None:
    made = await engine.create_task(TaskDraft("C", id="c", created_at=1.0))
    console.stack.push(undo_create(made, "E"))
    await engine.delete_task("c")
    await engine.create_task(TaskDraft("C", id="c", created_at=2.0), actor="ann")
    assert "c was changed meanwhile, so it stays" in await console.undoes()


async def test_what_others_wrote_into_another_field_stays(
    engine: EmbeddedEngine, console: Asked
) -> None:
    await edit(console, title="Mine")
    await engine.update_task("a", {"description": "By an agent"}, actor="agent")
    assert await console.undoes() == "a is as before: title"
    task = await engine.get_task("a")
    assert (task.title, task.description) == ("A", "By an agent")


async def test_what_others_wrote_over_it_stays(engine: EmbeddedEngine, console: Asked) -> None:
    await edit(console, title="Mine", project="p")
    await engine.update_task("a", {"title": "By an agent"}, actor="agent")
    assert await console.undoes() == "somebody changed title of a since"
    assert console.undo is None
    task = await engine.get_task("a")
    assert (task.title, task.project) == ("By an agent", "p")


async def test_a_change_is_not_taken_back_of_a_task_that_was_made_anew(
    engine: EmbeddedEngine, console: Asked
) -> None:
    await edit(console, title="Mine")
    await console.does(tasking.delete)
    await console.undoes()
    await engine.update_task("a", {"title": "By an agent"}, actor="agent")
    assert "somebody changed title" in await console.undoes()
    await edit(console, title="Mine")
    await engine.delete_task("a")
    await engine.create_task(TaskDraft("Mine", id="a", created_at=1.0), actor="agent")
    assert await console.undoes() == "a is another task now"
    assert (await engine.get_task("a")).title == "Mine"


async def test_who_changes_another_field_at_that_moment_does_not_hinder_it(
    engine: EmbeddedEngine, console: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    await edit(console, title="Mine")
    update = engine.update_task

    async def later(*args: Any, **options: Any) -> Any:
        monkeypatch.undo()
        await update("a", {"project": "p"}, actor="agent")
        return await update(*args, **options)

    monkeypatch.setattr(engine, "update_task", later)
    assert await console.undoes() == "a is as before: title"
    assert (await engine.get_task("a")).project == "p"


async def test_what_somebody_wrote_just_before_a_claim_is_not_taken_back_with_it(
    engine: EmbeddedEngine, console: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = engine.claim_task

    async def later(*args: Any, **options: Any) -> Any:
        await engine.update_task("a", {"title": "By an agent"}, actor="agent")
        return await claim(*args, **options)

    monkeypatch.setattr(engine, "claim_task", later)
    await console.does(tasking.claim)
    assert await console.undoes() == "a is as before: status, assignee"
    assert (await engine.get_task("a")).title == "By an agent"


async def test_what_was_changed_while_the_question_stood_is_not_deleted(
    engine: EmbeddedEngine, console: Asked
) -> None:
    async def edited() -> None:
        await engine.update_task("a", {"description": "By an agent"}, actor="agent")

    console.meanwhile = edited
    assert "is at version 2, not 1" in await console.does(tasking.delete)
    assert (await engine.get_task("a")).description == "By an agent"


async def test_links_made_while_the_question_stood_come_back_with_the_task(
    engine: EmbeddedEngine, console: Asked
) -> None:
    async def linked() -> None:
        await engine.add_dependency("b", "a", actor="agent")

    console.meanwhile = linked
    await console.does(tasking.delete)
    assert "a is there again" in await console.undoes()
    assert [each.task_id for each in await engine.get_links("a")] == ["b"]


async def test_a_link_that_was_there_is_not_taken_back(
    engine: EmbeddedEngine, console: Asked
) -> None:
    assert await engine.add_dependency("a", "b", actor="ann") is True
    console.answer = "b"
    assert await console.does(linking.add_dependency) == "a waits for b already"
    assert console.undo is None
    assert await engine.add_dependency("a", "b", actor="ben") is False
    (link,) = await engine.get_links("a")
    assert link.created_by == "ann"
