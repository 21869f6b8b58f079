"""What is done to many tasks at once, on a real store, where others work and where calls fail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from engine.errors import DataDirectoryError, InvalidInputError
from engine.host import open_engine
from engine.service_config import ServiceConfiguration
from engine.tasks import TaskDraft
from vespera_tui.task_bulk import AT_MOST, CLAIM, DELETE, FINISH, Deed, do_many

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from engine.host.embedded import EmbeddedEngine
    from vespera_tui.undo import Undo


class Selection:
    """As much of a list as doing something to many needs."""

    def __init__(self, *, everything: bool = False) -> None:
        self.everything = everything

    def unchoose(self, *ids: str) -> None:
        self.everything = self.everything and bool(ids)


class Asked:
    """As much of the app; ``meanwhile`` happens while its question stands."""

    work: Any = None
    undo: Undo | None = None

    def __init__(
        self,
        engine: EmbeddedEngine,
        meanwhile: Callable[[], Awaitable[Any]] | None = None,
        *,
        everything: bool = False,
    ) -> None:
        self.engine, self.meanwhile = engine, meanwhile
        self.here, self.main_list = self, Selection(everything=everything)
        self.asked = self.problem = False
        self.said = ""

    def selection_changed(self) -> None: ...

    def show_work(self, work: Any) -> None:
        self.work = work

    def say(self, text: str, *, problem: bool = False, undo: Undo | None = None) -> None:
        self.said, self.problem, self.undo = text, problem, undo

    async def confirm(self, _question: str, _detail: str) -> bool:
        self.asked = True
        if self.meanwhile is not None:
            await self.meanwhile()
        return True


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
    await engine.update_task("t-2", {"title": "By somebody"})
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
    assert told.startswith("2 tasks as before; not 1 task: task 't-2' is at version")
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
