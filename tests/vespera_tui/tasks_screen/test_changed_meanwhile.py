"""Somebody else changes a task while its form is open: what was typed is not lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.vespera_tui.tasks_screen.keys import closed, fill, on, opens, said
from tests.vespera_tui.typing_in import write
from widgets.task_form import TaskForm

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from engine.host.embedded import EmbeddedEngine
    from tests.vespera_tui.conftest import Shown, Until


async def describe(pilot: Pilot[None], text: str) -> None:
    area: Any = pilot.app.screen.query_one("#of-description")
    area.focus()
    area.text = ""
    await write(pilot, text)


def of(pilot: Pilot[None], name: str) -> str:
    line: Any = pilot.app.screen.query_one(f"#of-{name}")
    return str(line.typed)


async def test_a_change_of_another_field_is_told_and_kept(
    start: Any, until: Until, engine: EmbeddedEngine
) -> None:
    async with start() as pilot:
        await on(pilot, until, "t-4")
        await opens(pilot, until, "i", TaskForm)
        await describe(pilot, "both tides")
        await engine.update_task("t-4", {"priority": 0, "assignee": ""}, actor="agent-7")
        await pilot.press("ctrl+s")
        await closed(pilot, until)
        task = await engine.get_task("t-4")
        assert (task.description, task.priority, task.assignee) == ("both tides", 0, "")
        await until(pilot, lambda: "t-4 is changed" in said(pilot.app))
        assert "somebody set priority to 0 and emptied assignee meanwhile" in said(pilot.app)
        await pilot.press("u")
        await until(pilot, lambda: "t-4 is as before: description" in said(pilot.app))
        task = await engine.get_task("t-4")
        assert (task.description, task.priority, task.assignee) == ("", 0, "")


async def test_one_keeps_what_was_typed_where_it_clashes(
    start: Any, until: Until, engine: EmbeddedEngine, shown: Shown
) -> None:
    async with start() as pilot:
        await on(pilot, until, "t-4")
        await opens(pilot, until, "i", TaskForm)
        await fill(pilot, "title", "Mine")
        await engine.update_task("t-4", {"title": "Other", "priority": 1}, actor="agent-7")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "somebody wrote meanwhile: Other" in shown(pilot.app))
        assert (of(pilot, "title"), of(pilot, "priority")) == ("Mine", "1")
        assert pilot.app.focused.id == "of-title"  # type: ignore[union-attr]  # it has the focus
        assert (await engine.get_task("t-4")).title == "Other"
        await pilot.press("ctrl+s")
        await closed(pilot, until)
        task = await engine.get_task("t-4")
        assert (task.title, task.priority) == ("Mine", 1)
        await pilot.press("u")
        await until(pilot, lambda: "t-4 is as before: title" in said(pilot.app))
        task = await engine.get_task("t-4")
        assert (task.title, task.priority) == ("Other", 1)


async def test_one_takes_theirs_and_can_have_what_was_typed_again(
    start: Any, until: Until, engine: EmbeddedEngine, shown: Shown
) -> None:
    async with start() as pilot:
        await on(pilot, until, "t-4")
        await opens(pilot, until, "i", TaskForm)
        await fill(pilot, "title", "Mine")
        await describe(pilot, "my own")
        await fill(pilot, "assignee", "bob")
        theirs = {"title": "Other", "description": "theirs\nof two lines"}
        await engine.update_task("t-4", theirs, actor="agent-7")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "somebody wrote meanwhile: Other" in shown(pilot.app))
        assert "somebody wrote meanwhile: theirs" in shown(pilot.app)
        for title in ("Other", "Mine", "Other"):
            await pilot.press("ctrl+t")
            await until(pilot, lambda title=title: of(pilot, "title") == title)
        assert of(pilot, "description") == "my own"
        pilot.app.screen.query_one("#of-description").focus()
        await pilot.press("ctrl+t", "ctrl+t")
        assert of(pilot, "description") == "my own"
        await pilot.press("ctrl+s")
        await closed(pilot, until)
        task = await engine.get_task("t-4")
        assert (task.title, task.description, task.assignee) == ("Other", "my own", "bob")


async def test_what_is_typed_over_theirs_counts(
    start: Any, until: Until, engine: EmbeddedEngine, shown: Shown
) -> None:
    async with start() as pilot:
        await on(pilot, until, "t-4")
        await opens(pilot, until, "i", TaskForm)
        await fill(pilot, "title", "Mine")
        await engine.update_task("t-4", {"title": "Other"})
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "meanwhile: Other" in shown(pilot.app))
        await pilot.press("ctrl+t", "end", "!")
        await engine.update_task("t-4", {"title": "Third"})
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "meanwhile: Third" in shown(pilot.app))
        assert of(pilot, "title") == "Other!"
        await pilot.press("ctrl+s")
        await closed(pilot, until)
        assert (await engine.get_task("t-4")).title == "Other!"


async def test_the_same_change_by_both_is_no_clash(
    start: Any, until: Until, engine: EmbeddedEngine
) -> None:
    async with start() as pilot:
        await on(pilot, until, "t-4")
        await opens(pilot, until, "i", TaskForm)
        await fill(pilot, "title", "Same")
        await engine.update_task("t-4", {"title": "Same"})
        await pilot.press("ctrl+s")
        await closed(pilot, until)
        await until(pilot, lambda: "t-4 says all that already" in said(pilot.app))
        assert (await engine.get_task("t-4")).version == 2


async def test_what_was_typed_stays_when_the_task_is_gone(
    start: Any, until: Until, engine: EmbeddedEngine, shown: Shown
) -> None:
    async with start() as pilot:
        await on(pilot, until, "t-4")
        await opens(pilot, until, "i", TaskForm)
        await fill(pilot, "title", "Mine")
        await engine.delete_task("t-4")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "no task has the id 't-4'" in shown(pilot.app))
        assert of(pilot, "title") == "Mine"
        await pilot.press("escape")
        await until(pilot, lambda: "esc again throws away" in shown(pilot.app))


async def test_what_others_wrote_is_shown_without_its_control_characters(
    start: Any, until: Until, engine: EmbeddedEngine, shown: Shown
) -> None:
    async with start() as pilot:
        await on(pilot, until, "t-4")
        await opens(pilot, until, "i", TaskForm)
        await fill(pilot, "title", "Mine")
        await engine.update_task("t-4", {"title": "[b]\x1b[31mOther", "assignee": "\x1b[2Jeve"})
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "meanwhile: [b]␛[31mOther" in shown(pilot.app))
        assert of(pilot, "assignee") == "\x1b[2Jeve"
        assert "␛[2Jeve" in shown(pilot.app)
        await pilot.press("ctrl+s")
        await closed(pilot, until)
        await until(pilot, lambda: "somebody set assignee to ␛[2Jeve" in shown(pilot.app))
        assert (await engine.get_task("t-4")).assignee == "\x1b[2Jeve"
