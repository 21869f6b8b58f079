"""How changes of tasks are taken back, as far as that is possible, told truthfully."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import CycleError, TaskNotFoundError, VersionConflictError
from engine.tasks import CHANGEABLE, PARENT_CHILD, TaskDraft
from vespera_tui.console import ACTOR
from vespera_tui.undo import TooLateError, Undo

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.api import EngineAPI
    from engine.tasks import Link, Task


async def set_back(
    engine: EngineAPI,
    task_id: str,
    created_at: float,
    was: Mapping[str, object],
    written: Mapping[str, object],
) -> Task:
    """Set the fields to what they ``was``, if they are as they were ``written``; the task then.

    The version would not tell: a later change that was taken back raises it as well, and a task
    that is made anew begins at 1 again. Raises TooLateError when somebody changed one of the
    fields since, or made another task with the id, which was created at another time.
    """
    while True:
        now = await engine.get_task(task_id)
        if now.created_at != created_at:
            raise TooLateError(f"{task_id} is another task now")
        kept = {name: getattr(now, name) for name in was}
        theirs = [name for name in was if kept[name] not in (was[name], written[name])]
        if theirs:
            raise TooLateError(f"somebody changed {', '.join(theirs)} of {task_id} since")
        if kept == was:
            return now
        try:
            return await engine.update_task(task_id, was, expected_version=now.version, actor=ACTOR)
        except VersionConflictError:  # changed since it was read: perhaps in another field
            continue


def undo_change(before: Task, after: Task, among: Sequence[str] = CHANGEABLE) -> Undo:
    """Set what changed ``among`` the fields to what it was, unless somebody changed that since."""
    was = {name: getattr(before, name) for name in among}
    written = {name: getattr(after, name) for name in among if getattr(after, name) != was[name]}
    was = {name: was[name] for name in written}
    task_id, created_at = after.id, after.created_at

    async def back(engine: EngineAPI) -> str:
        await set_back(engine, task_id, created_at, was, written)
        return f"{task_id} is as before: {', '.join(was)}"

    return Undo(f"change of {task_id}", back)


def undo_create(task: Task, delete_key: str) -> Undo:
    """Delete it, unless somebody changed it since; then ``delete_key`` still does."""
    made = [getattr(task, name) for name in (*CHANGEABLE, "created_at")]

    async def back(engine: EngineAPI) -> str:
        found = await engine.get_task(task.id)
        if [getattr(found, name) for name in (*CHANGEABLE, "created_at")] != made:
            return f"{task.id} was changed meanwhile, so it stays; {delete_key} deletes it"
        await engine.delete_task(task.id, expected_version=found.version, actor=ACTOR)
        return f"{task.id} is gone again"

    return Undo(f"creating {task.id}", back)


def undo_delete(task: Task, links: Sequence[Link]) -> Undo:
    """Make task and links anew."""
    made, left, lost = False, [link for link in links if link.task_id != task.id], 0

    async def back(engine: EngineAPI) -> str:
        nonlocal made, lost  # after a failure it goes on from there
        if not made:
            await engine.create_task(_draft(task, links), actor=ACTOR)
            made = True
        while left:
            lost += not await _linked_again(engine, task, left[0])
            left.pop(0)
        kept = f"; {lost} of its links could not be made again" if lost else ""
        return f"{task.id} is there again, as version 1{kept}"

    return Undo(f"deleting {task.id}", back)


def _draft(task: Task, links: Sequence[Link]) -> TaskDraft:
    return TaskDraft(
        task.title,
        id=task.id,
        description=task.description,
        status=task.status,
        priority=task.priority,
        project=task.project,
        assignee=task.assignee,
        tags=task.tags,
        parent=task.parent,
        links=tuple(link for link in links if _out(task, link)),
        created_at=task.created_at,
        updated_at=task.updated_at,
        closed_at=task.closed_at,
        extra=task.extra,
    )


def _out(task: Task, link: Link) -> bool:
    """Whether it comes back with the task itself; the first parent does by its field."""
    first_parent = link.kind == PARENT_CHILD and link.target_id == task.parent
    return link.task_id == task.id and not first_parent


async def _linked_again(engine: EngineAPI, task: Task, link: Link) -> bool:
    try:
        await engine.add_dependency(link.task_id, task.id, kind=link.kind, actor=ACTOR)
    except (TaskNotFoundError, CycleError):  # the other is gone, or it would close a cycle now
        return False
    return True
