"""Screen 5, worked by keys alone on a real engine; what counts is what is in the store after."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from engine.errors import TaskNotFoundError
from engine.host import open_engine
from engine.service_config import ServiceConfiguration
from engine.task_views import TasksQuery
from engine.tasks import TaskDraft
from tests.vespera_tui.typing_in import filter_by, write
from vespera_tui.app import VesperaApp
from widgets.dialogs import Confirm, Menu, Prompt
from widgets.empty_state import EmptyState
from widgets.picker import Picker
from widgets.safe_input import SafeInput
from widgets.task_form import TaskForm
from widgets.task_list import TaskList
from widgets.text_pane import TextPane

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    from textual.pilot import Pilot

    from engine.host.embedded import EmbeddedEngine
    from tests.vespera_tui.conftest import Shown, Until

DRAFTS = (
    TaskDraft("Deploy the station", id="t-1", priority=0, depends_on=("t-2",), created_at=1.0),
    TaskDraft(
        "Build the hull", id="t-2", priority=1, description="of oak\n[/]", project="boat",
        tags=("wood",), created_at=2.0,
    ),
    TaskDraft("Buy paint", id="t-3", priority=2, status="closed", created_at=3.0),
    TaskDraft("Read the tide table", id="t-4", priority=3, assignee="ann", created_at=4.0),
)  # fmt: skip


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[EmbeddedEngine]:
    async with open_engine(ServiceConfiguration(data_dir=tmp_path), services=False) as opened:
        yield opened


@pytest.fixture
def start(engine: EmbeddedEngine, until: Until) -> Callable[..., Any]:
    """The dashboard on screen 5 over a real store with these tasks."""

    @asynccontextmanager
    async def run(
        drafts: Sequence[TaskDraft] = DRAFTS, size: tuple[int, int] = (120, 40), **options: Any
    ) -> AsyncIterator[Pilot[None]]:
        if drafts:
            await engine.import_drafts(list(enumerate(drafts)))

        @asynccontextmanager
        async def opened(**_: Any) -> AsyncIterator[EmbeddedEngine]:
            yield engine

        app = VesperaApp(opened, config_profile="development", refresh_per_second=10, **options)
        app.animation_level = "none"
        async with app.run_test(size=size, notifications=True) as pilot:
            await until(pilot, lambda: app.services)
            await pilot.press("5")
            await until(pilot, lambda: not drafts or rows(app).total == len(drafts))
            yield pilot

    return run


def rows(app: Any) -> TaskList:
    found: TaskList = app.screen_stack[0].query_one(TaskList)
    return found


async def typed(pilot: Pilot[None], until: Until, words: str) -> None:
    """Filter by ``words``, and back to the list."""
    await filter_by(pilot, until, words)
    await until(pilot, lambda: isinstance(pilot.app.focused, TaskList))


async def on(pilot: Pilot[None], until: Until, task_id: str) -> None:
    """Put the cursor on a task."""
    await pilot.press("home")
    for _ in range(rows(pilot.app).total):
        selected = rows(pilot.app).selected
        if selected is not None and selected.id == task_id:
            break
        await pilot.press("down")
    await until(pilot, lambda: rows(pilot.app).selected.id == task_id)  # type: ignore[union-attr]  # above


async def opens(pilot: Pilot[None], until: Until, key: str, kind: type) -> None:
    await pilot.press(key)
    await until(pilot, lambda: isinstance(pilot.app.screen, kind))


async def closed(pilot: Pilot[None], until: Until) -> None:
    await until(pilot, lambda: len(pilot.app.screen_stack) == 1)


async def fill(pilot: Pilot[None], name: str, text: str) -> None:
    """Type over one field of the form."""
    field = pilot.app.screen.query_one(f"#of-{name}", SafeInput)
    field.focus()
    field.value = ""
    await write(pilot, text)


def said(app: Any) -> str:
    """What the toasts say."""
    return "\n".join(note.message for note in app._notifications)


def states(app: Any) -> dict[str, str]:
    return {row.id: row.readiness or row.status for row in rows(app).rows}


async def test_the_list_says_what_is_ready_and_what_waits(start: Any, shown: Shown) -> None:
    async with start() as pilot:
        assert [row.id for row in rows(pilot.app).rows] == ["t-1", "t-2", "t-4", "t-3"]
        assert states(pilot.app) == {
            "t-1": "blocked", "t-2": "ready", "t-3": "closed", "t-4": "ready",
        }  # fmt: skip
        assert "⊘ blocked: 1" in shown(pilot.app)


async def test_words_and_filters_narrow_the_list_and_it_says_how_it_searched(
    start: Any, until: Until, shown: Shown
) -> None:
    async with start() as pilot:
        await typed(pilot, until, "hull")
        await until(pilot, lambda: [row.id for row in rows(pilot.app).rows] == ["t-2"])
        await until(pilot, lambda: "by words: " in shown(pilot.app))  # no vector, no model: why
        await pilot.press("/", "escape")
        await until(pilot, lambda: rows(pilot.app).total == len(DRAFTS))
        for words, ids in (
            ("is:ready", ["t-2", "t-4"]),
            ("is:blocked", ["t-1"]),
            ("assignee:ann", ["t-4"]),
            ("tag:wood project:boat", ["t-2"]),
            ("status:closed", ["t-3"]),
        ):
            await typed(pilot, until, words)
            await until(pilot, lambda ids=ids: [row.id for row in rows(pilot.app).rows] == ids)
            await pilot.press("/", "escape")
        await typed(pilot, until, "status:purple")
        await until(pilot, lambda: "status: 'purple' is not one of open" in shown(pilot.app))


async def test_a_word_of_the_filter_is_searched_for_when_it_stands_alone(
    start: Any, until: Until
) -> None:
    async with start((*DRAFTS, TaskDraft("Print the price tag", id="t-5"))) as pilot:
        await typed(pilot, until, "tag")
        await until(pilot, lambda: [row.id for row in rows(pilot.app).rows] == ["t-5"])


async def test_a_task_is_told_in_full(start: Any, until: Until, engine: EmbeddedEngine) -> None:
    async with start(size=(80, 24)) as pilot:
        pane = pilot.app.screen.query_one(TextPane)
        await pilot.press("enter")
        await until(pilot, lambda: "Waits for  1 unfinished of 1" in pane.plain)
        assert pane.display
        assert "⊘ t-2 Build the hull" in pane.plain
        await until(pilot, lambda: "graph missing: no node" in pane.plain)
        assert "vectors missing: no vector of the present model" in pane.plain
        await engine.manager.context.projections.graph_reconcile(["t-1", "t-2"])
        await on(pilot, until, "t-2")
        await until(pilot, lambda: "Holds up  1 unfinished of 1" in pane.plain)
        assert "of oak\n[/]" in pane.plain
        await until(pilot, lambda: "graph current" in pane.plain)


async def test_a_task_is_created_and_that_is_taken_back(
    start: Any, until: Until, engine: EmbeddedEngine, shown: Shown
) -> None:
    async with start() as pilot:
        await opens(pilot, until, "c", TaskForm)
        await pilot.press("enter")
        await until(pilot, lambda: "title: must not be empty" in shown(pilot.app))
        await fill(pilot, "title", "Mend the sail")
        await fill(pilot, "priority", "9")
        await pilot.press("enter")
        await until(pilot, lambda: "priority: 9 is not a whole number" in shown(pilot.app))
        assert pilot.app.focused.id == "of-priority"  # type: ignore[union-attr]  # it has the focus
        await fill(pilot, "priority", "1")
        await fill(pilot, "tags", "cloth, wood")
        await pilot.press("ctrl+s")
        await closed(pilot, until)
        (made,) = await engine.list_tasks(tag="cloth")
        assert (made.title, made.priority, made.tags) == ("Mend the sail", 1, ("cloth", "wood"))
        await until(pilot, lambda: f"{made.id} is created" in shown(pilot.app))
        await pilot.press("u")
        await until(pilot, lambda: f"{made.id} is gone again" in shown(pilot.app))
        assert await engine.count_tasks() == len(DRAFTS)


async def test_a_task_is_changed_and_that_is_taken_back(
    start: Any, until: Until, engine: EmbeddedEngine, shown: Shown
) -> None:
    async with start() as pilot:
        await on(pilot, until, "t-2")
        before = await engine.get_task("t-2")
        await opens(pilot, until, "i", TaskForm)
        await fill(pilot, "status", "done")
        await pilot.press("enter")
        await until(pilot, lambda: "status: 'done' is not one of open" in shown(pilot.app))
        await fill(pilot, "status", "deferred")
        await fill(pilot, "assignee", "bob")
        await pilot.press("enter")
        await closed(pilot, until)
        after = await engine.get_task("t-2")
        assert (after.status, after.assignee, after.tags) == ("deferred", "bob", ("wood",))
        assert after.description == before.description
        await pilot.press("u")
        await until(pilot, lambda: "t-2 is as before: status, assignee" in shown(pilot.app))
        assert (await engine.get_task("t-2")).status == before.status


async def test_what_somebody_else_changed_is_not_overwritten(
    start: Any, until: Until, engine: EmbeddedEngine, shown: Shown
) -> None:
    async with start() as pilot:
        await on(pilot, until, "t-4")
        await opens(pilot, until, "i", TaskForm)
        await engine.update_task("t-4", {"title": "Other"}, actor="ann")
        await fill(pilot, "title", "Mine")
        await pilot.press("enter")
        await until(pilot, lambda: "is at version 2, not 1" in shown(pilot.app))
        await pilot.press("escape")
        await until(pilot, lambda: "esc again throws away" in shown(pilot.app))
        await pilot.press("escape")
        await closed(pilot, until)
        assert (await engine.get_task("t-4")).title == "Other"


async def test_completing_says_what_became_ready(
    start: Any, until: Until, engine: EmbeddedEngine, shown: Shown
) -> None:
    async with start() as pilot:
        await on(pilot, until, "t-2")
        await pilot.press("x")
        await until(pilot, lambda: "t-2 is completed; 1 became ready: t-1" in shown(pilot.app))
        assert (await engine.get_task("t-2")).status == "closed"
        await until(pilot, lambda: states(pilot.app)["t-1"] == "ready")
        await pilot.press("u")
        await until(pilot, lambda: states(pilot.app)["t-1"] == "blocked")
        assert (await engine.get_task("t-2")).closed_at is None


async def test_claiming_takes_a_ready_task_and_no_other(
    start: Any, until: Until, engine: EmbeddedEngine, shown: Shown
) -> None:
    async with start() as pilot:
        await on(pilot, until, "t-2")
        await pilot.press("w")
        await until(pilot, lambda: "t-2 is in progress, with dashboard" in shown(pilot.app))
        assert (await engine.get_task("t-2")).assignee == "dashboard"
        await on(pilot, until, "t-1")
        await pilot.press("w")
        await until(pilot, lambda: "waits for" in shown(pilot.app))
        assert (await engine.get_task("t-1")).status == "open"


async def test_a_dependency_is_made_with_a_search_and_taken_back(
    start: Any, until: Until, engine: EmbeddedEngine, shown: Shown
) -> None:
    async with start() as pilot:
        await on(pilot, until, "t-4")
        await opens(pilot, until, "b", Picker)
        await pilot.press(*"hull")
        await until(pilot, lambda: "t-2  Build the hull" in shown(pilot.app))
        await until(pilot, lambda: "t-1  Deploy" not in shown(pilot.app))
        await pilot.press("enter")
        await closed(pilot, until)
        await until(pilot, lambda: "t-4 waits for t-2 now" in shown(pilot.app))
        assert ("t-4", "t-2") in {(x.task_id, x.target_id) for x in await engine.get_links("t-4")}
        await until(pilot, lambda: states(pilot.app)["t-4"] == "blocked")
        await pilot.press("u")
        await until(pilot, lambda: states(pilot.app)["t-4"] == "ready")
        assert await engine.get_links("t-4") == []


async def test_a_cycle_is_refused_with_its_path(
    start: Any, until: Until, engine: EmbeddedEngine, shown: Shown
) -> None:
    async with start() as pilot:
        await on(pilot, until, "t-2")
        await opens(pilot, until, "b", Picker)
        await pilot.press(*"t-1")
        await until(pilot, lambda: "t-1  Deploy the station" in shown(pilot.app))
        await until(pilot, lambda: "t-4  Read" not in shown(pilot.app))
        await pilot.press("enter")
        await until(pilot, lambda: "refused" in said(pilot.app))
        assert "t-2 → t-1 → t-2" in said(pilot.app)
        assert len(await engine.get_links("t-2")) == 1


async def test_a_dependency_is_removed_and_put_back(
    start: Any, until: Until, engine: EmbeddedEngine, shown: Shown
) -> None:
    async with start() as pilot:
        await on(pilot, until, "t-1")
        await opens(pilot, until, "B", Menu)
        assert "waits for t-2" in shown(pilot.app)
        await pilot.press("enter")
        await until(pilot, lambda: "t-1 no longer waits for t-2" in shown(pilot.app))
        assert await engine.get_links("t-1") == []
        await pilot.press("u")
        await until(pilot, lambda: "t-1 waits for t-2 again" in shown(pilot.app))
        assert len(await engine.get_links("t-1")) == 1
        await on(pilot, until, "t-4")
        await pilot.press("B")
        await until(pilot, lambda: "t-4 has no link to remove" in shown(pilot.app))


async def test_deleting_shows_what_it_touches_and_is_taken_back(
    start: Any, until: Until, engine: EmbeddedEngine, shown: Shown
) -> None:
    async with start() as pilot:
        await on(pilot, until, "t-2")
        before, links = await engine.get_task("t-2"), await engine.get_links("t-2")
        await opens(pilot, until, "E", Confirm)
        assert "1 of its links go too" in shown(pilot.app)
        assert "1 tasks wait for it" in shown(pilot.app)
        await pilot.press("n")
        await closed(pilot, until)
        assert await engine.get_task("t-2") == before
        await opens(pilot, until, "E", Confirm)
        await pilot.press("y")
        await until(pilot, lambda: "t-2 is deleted" in shown(pilot.app))
        with pytest.raises(TaskNotFoundError):
            await engine.get_task("t-2")
        await pilot.press("u")
        await until(pilot, lambda: "t-2 is there again, as version 1" in shown(pilot.app))
        again = await engine.get_task("t-2")
        assert (again.title, again.description, again.tags, again.created_at) == (
            before.title, before.description, before.tags, before.created_at,
        )  # fmt: skip
        found = await engine.get_links("t-2")
        assert [(x.task_id, x.target_id) for x in found] == [
            (x.task_id, x.target_id) for x in links
        ]


async def test_of_several_those_that_can_be_done_leave_the_selection_and_come_back(
    start: Any, until: Until, shown: Shown, engine: EmbeddedEngine
) -> None:
    async with start() as pilot:  # t-1 waits for t-2, t-3 is closed, and t-4 is somebody's
        await pilot.press("home", *["space"] * 4, "w")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        assert "Claim 4 tasks of the 4 selected?" in shown(pilot.app)
        await pilot.press("y")
        await until(pilot, lambda: "1 task is in progress; not done" in said(pilot.app))
        assert rows(pilot.app).chosen == ("t-1", "t-3", "t-4")
        assert (await engine.get_task("t-2")).status == "in_progress"
        await pilot.press("u")
        await until(pilot, lambda: "1 task as before" in said(pilot.app))
        assert (await engine.get_task("t-2")).status == "open"
        assert (await engine.get_task("t-1")).version == 1


@pytest.mark.parametrize(("key", "word"), [("x", "completed"), ("E", "deleted")])
async def test_all_that_match_are_done_after_a_question_and_taken_back(
    start: Any, until: Until, shown: Shown, engine: EmbeddedEngine, key: str, word: str
) -> None:
    async with start() as pilot:
        await typed(pilot, until, "status:open")
        await until(pilot, lambda: rows(pilot.app).total == 3)
        await pilot.press("*", key)
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        assert "3 tasks of all that match?" in shown(pilot.app)
        await pilot.press("n")
        await closed(pilot, until)
        assert await engine.count_tasks(status="open") == 3
        await pilot.press(key)
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("y")
        await until(pilot, lambda: f"3 tasks are {word}" in said(pilot.app))
        assert await engine.count_tasks(status="open") == 0
        await pilot.press("u")
        await until(pilot, lambda: "3 tasks as before" in said(pilot.app))
    assert await engine.count_tasks(status="open") == 3
    assert [link.target_id for link in await engine.get_links("t-1")] == ["t-2"]


async def test_only_a_part_of_a_long_list_is_held(
    start: Any, until: Until, engine: EmbeddedEngine
) -> None:
    many = [TaskDraft(f"task {n}", id=f"m-{n:04}", created_at=float(n)) for n in range(1_200)]
    async with start(many) as pilot:
        await pilot.press("end")
        await until(pilot, lambda: rows(pilot.app).selected is not None)
        assert rows(pilot.app).selected.id == "m-1199"  # type: ignore[union-attr]  # it is there
        assert len(rows(pilot.app).rows) <= 200
        await pilot.press("home", "o", "O")
        last = (await engine.tasks_page(TasksQuery(sort="id", descending=True, limit=1))).rows[0]
        await until(pilot, lambda: rows(pilot.app).rows[0].id == last.task.id)


async def test_an_empty_store_invites_and_the_sample_project_is_brought_in(
    start: Any, until: Until, engine: EmbeddedEngine, shown: Shown
) -> None:
    async with start((), size=(80, 24)) as pilot:
        await until(pilot, lambda: pilot.app.screen.query_one(EmptyState).display)
        assert "bring in a file, or the sample project" in shown(pilot.app)
        await opens(pilot, until, "I", Menu)
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        assert "would be created" in shown(pilot.app)
        assert await engine.count_tasks() == 0
        await pilot.press("y")
        await until(pilot, lambda: rows(pilot.app).total > 10)
        assert rows(pilot.app).total == await engine.count_tasks()


async def test_a_file_that_is_not_there_is_named(
    start: Any, until: Until, engine: EmbeddedEngine, shown: Shown, tmp_path: Path
) -> None:
    async with start() as pilot:
        for name, words in (("nothing.jsonl", "there is no such file"),):
            await opens(pilot, until, "I", Menu)
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(pilot.app.screen, Prompt))
            pilot.app.screen.query_one(SafeInput).value = str(tmp_path / name)
            await pilot.press("enter")
            await until(pilot, lambda words=words: words in shown(pilot.app))
        assert await engine.count_tasks() == len(DRAFTS)


@pytest.mark.parametrize("key", ["c", "i", "x", "w", "b", "B", "E", "I"])
async def test_a_dashboard_that_only_looks_changes_nothing(
    start: Any, until: Until, engine: EmbeddedEngine, shown: Shown, key: str
) -> None:
    async with start(read_only=True) as pilot:
        await pilot.press(key)
        await until(pilot, lambda: "this dashboard only looks" in shown(pilot.app))
        assert len(pilot.app.screen_stack) == 1
        assert await engine.count_tasks() == len(DRAFTS)
        assert (await engine.get_task("t-1")).version == 1
