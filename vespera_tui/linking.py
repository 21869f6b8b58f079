"""What is done to the links of tasks: made and removed, with what is to be linked searched for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import CycleError, VesperaError
from engine.task_views import TasksQuery
from engine.tasks import BLOCKS, PARENT_CHILD
from vespera_tui.console import ACTOR, engine_of
from vespera_tui.tasking import selected
from vespera_tui.undo import Undo
from widgets.models import Choice
from widgets.picker import Picker
from widgets.task_list import TaskModel, state_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.api import EngineAPI
    from engine.task_views import TaskRow
    from engine.tasks import Link, Task
    from vespera_tui.console import Console

OFFERED = 50


async def add_dependency(console: Console) -> None:
    """Search for what the task is to wait for, and make it wait."""
    if (task := await selected(console)) is None:
        return
    target = await console.lay(Picker(f"{task.id} waits for which task?", _Find(console, task)))
    if target is None:
        return
    try:
        added = await engine_of(console).add_dependency(task.id, target, actor=ACTOR)
    except CycleError as error:
        path = " → ".join(error.path)
        console.say(f"refused, it would close a cycle: {path}", problem=True)
        return
    if added:
        console.say(f"{task.id} waits for {target} now", undo=_undo_add(task.id, target))
    else:
        console.say(f"{task.id} waits for {target} already")


async def remove_dependency(console: Console) -> None:
    """Choose one of the links out of the task, and remove it."""
    if (task := await selected(console)) is None:
        return
    engine = engine_of(console)
    links = [link for link in await engine.get_links(task.id) if link.task_id == task.id]
    if not links:
        console.say(f"{task.id} has no link to remove", problem=True)
        return
    titles = await _titles(engine, links)
    choices = [
        Choice(str(n), f"{_verb(link)} {link.target_id}", titles.get(link.target_id, "not there"))
        for n, link in enumerate(links)
    ]
    if (chosen := await console.choose(f"Remove which link of {task.id}?", choices)) is None:
        return
    link = links[int(chosen)]
    if not await engine.remove_dependency(
        link.task_id, link.target_id, kind=link.kind, actor=ACTOR
    ):
        console.say("somebody else removed that link meanwhile", problem=True)
        return
    text = f"{task.id} no longer {_verb(link)} {link.target_id}"
    console.say(text, undo=_undo_remove(link))


def _verb(link: Link) -> str:
    return {BLOCKS: "waits for", PARENT_CHILD: "is part of"}.get(link.kind, f"is {link.kind} to")


async def _titles(engine: EngineAPI, links: Sequence[Link]) -> dict[str, str]:
    ids = tuple(link.target_id for link in links)[:1000]
    page = await engine.tasks_page(TasksQuery(ids=ids, limit=1000))
    return {row.task.id: row.task.title for row in page.rows}


class _Find:
    """Tasks that fit the words, by words alone so that it keeps up with typing."""

    def __init__(self, console: Console, task: Task) -> None:
        self._console, self._task = console, task

    async def __call__(self, words: str) -> tuple[Sequence[Choice], str]:
        try:
            rows = await self._rows(words.strip())
        except VesperaError as error:
            return (), str(error)
        found = [_choice(row) for row in rows if row.task.id != self._task.id]
        return found, "" if found else f"nothing fits {words!r}"

    async def _rows(self, words: str) -> Sequence[TaskRow]:
        engine = engine_of(self._console)
        if not words:
            near = TasksQuery(project=self._task.project, limit=OFFERED)
            return (await engine.tasks_page(near)).rows
        hits = (await engine.search(words, limit=OFFERED, by_meaning=False)).hits
        ids = dict.fromkeys((words, *(hit.id for hit in hits)))  # an id is typed in full too
        return (await engine.tasks_page(TasksQuery(ids=tuple(ids), limit=OFFERED + 1))).rows


def _choice(row: TaskRow) -> Choice:
    task = row.task
    model = TaskModel(task.id, task.title, task.status, row.readiness, row.waits_for)
    return Choice(task.id, f"{task.id}  {task.title}", state_of(model))


def _undo_add(task_id: str, target: str) -> Undo:
    async def back(engine: EngineAPI) -> str:
        if await engine.remove_dependency(task_id, target, actor=ACTOR):
            return f"{task_id} no longer waits for {target}"
        return "somebody else removed that link meanwhile"

    return Undo(f"link of {task_id}", back)


def _undo_remove(link: Link) -> Undo:
    async def back(engine: EngineAPI) -> str:
        await engine.add_dependency(link.task_id, link.target_id, kind=link.kind, actor=ACTOR)
        return f"{link.task_id} {_verb(link)} {link.target_id} again"

    return Undo(f"link of {link.task_id}", back)
