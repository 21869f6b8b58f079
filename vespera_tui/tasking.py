"""What is done to tasks: created, changed, claimed, completed, deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import VesperaError
from engine.tasks import TaskDraft
from vespera_tui import settings
from vespera_tui.console import ACTOR, engine_of
from vespera_tui.task_bulk import CLAIM, CLAIMED, DELETE, FINISH, do_many
from vespera_tui.task_editing import Editing
from vespera_tui.task_fields import fields, values
from vespera_tui.task_undo import undo_change, undo_create, undo_delete
from widgets.task_form import TaskForm
from widgets.words import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.api import EngineAPI
    from engine.tasks import Task
    from vespera_tui.console import Console
    from vespera_tui.task_bulk import Deed

NEW = TaskDraft("")
NAMED = 5
"""Tasks that a toast names."""


async def selected(console: Console) -> Task | None:
    """The task under the cursor, as it is now; says so when there is none."""
    if (task_id := console.here.selected_task) is None:
        console.say("no task is under the cursor", problem=True)
        return None
    return await engine_of(console).get_task(task_id)


async def create(console: Console) -> None:
    """Fill in a form and store a task."""
    made: list[Task] = []

    async def save(typed: Mapping[str, str]) -> str:
        given = values(typed)
        given["tags"] = tuple(given.get("tags", ()))
        try:
            draft = TaskDraft(**{"title": "", **given})
            made.append(await engine_of(console).create_task(draft, actor=ACTOR))
        except VesperaError as error:
            return str(error)
        return ""

    if await console.lay(TaskForm("A new task", fields(NEW), save)):
        task = made[0]
        undo = undo_create(task, console.key_of("delete-task"))
        console.say(f"{task.id} is created: {task.title}", undo=undo)


async def edit(console: Console) -> None:
    """Change the setting under the cursor, or the task in a form."""
    if console.here.target == "setting":
        await settings.edit(console)
        return
    if (before := await selected(console)) is None:
        return
    editing = Editing(console, before)
    saved = await console.lay(TaskForm(f"Change {before.id}", fields(before), editing.save))
    if not saved:
        return
    meanwhile = editing.meanwhile
    if editing.after is not None:
        what = f"is changed; {meanwhile}" if meanwhile else "is changed"
        tell_change(console, editing.before, editing.after, what)
    elif meanwhile:
        console.say(f"{before.id} says all that already: {meanwhile}")


def tell_change(console: Console, before: Task, after: Task, what: str) -> None:
    """Say what was done; it can be taken back."""
    console.say(f"{after.id} {what}", undo=undo_change(before, after))


async def _did_many(console: Console, deed: Deed) -> bool:
    """Do it to what is selected; whether anything is."""
    meant = await console.here.meant_tasks(engine_of(console))
    if meant is not None:
        await do_many(console, deed, *meant)
    return meant is not None


async def claim(console: Console) -> None:
    """Take the task, or those selected, and set it in progress."""
    if await _did_many(console, CLAIM):
        return
    if (before := await selected(console)) is None:
        return
    after = await engine_of(console).claim_task(before.id, actor=ACTOR)
    undo = undo_change(before, after, CLAIMED)
    console.say(f"{after.id} is in progress, with {after.assignee}", undo=undo)


async def finish(console: Console) -> None:
    """Close the task, or those selected; say what became ready."""
    if await _did_many(console, FINISH):
        return
    if (before := await selected(console)) is None:
        return
    done = await engine_of(console).finish_task(
        before.id, expected_version=before.version, actor=ACTOR
    )
    ready = [task.id for task in done.became_ready]
    names = ", ".join(ready[:NAMED]) + (", …" if len(ready) > NAMED else "")
    more = f"; {len(ready)} became ready: {names}" if ready else ""
    tell_change(console, before, done.task, f"is completed{more}")


async def delete(console: Console) -> None:
    """Delete the task, or those selected, with links, after showing what that touches."""
    if await _did_many(console, DELETE):
        return
    if (task := await selected(console)) is None:
        return
    engine = engine_of(console)
    if not await console.confirm(f"Delete {task.id}: {task.title}?", await _touched(engine, task)):
        return
    links = await engine.get_links(task.id)
    gone = await engine.delete_task(task.id, expected_version=task.version, actor=ACTOR)
    console.say(f"{gone.id} is deleted", undo=undo_delete(gone, links))


async def _touched(engine: EngineAPI, task: Task) -> str:
    links, waiting = await engine.get_links(task.id), await engine.impact(task.id, limit=1)
    below = await engine.hierarchy(task.id, limit=1)
    parts = ["It has no links"]
    if links:
        parts = [f"{counted(len(links), 'link of it goes', 'links of it go')} too"]
    if waiting.total:
        wait = counted(waiting.total, "task waits", "tasks wait")
        parts.append(f"{wait} for it, {waiting.unfinished:,} unfinished")
    if below.total:
        lose = counted(below.total, "task below it loses its", "tasks below it lose their")
        parts.append(f"{lose} parent")
    back = (
        "Taking that back makes the task and its links anew: same id, text and dates,"
        " but version 1, and its vector is made again."
    )
    return f"{'. '.join(parts)}. {back}"
