"""How changes of tasks are taken back, as far as that is possible, told truthfully."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import CycleError, TaskNotFoundError
from engine.tasks import CHANGEABLE, PARENT_CHILD, TaskDraft
from vespera_tui.console import ACTOR
from vespera_tui.undo import Undo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.api import EngineAPI
    from engine.tasks import Link, Task


def undo_change(before: Task, after: Task) -> Undo:
    """Set the fields that changed to what they were, unless somebody changed the task since."""
    fields = {
        name: getattr(before, name)
        for name in CHANGEABLE
        if getattr(before, name) != getattr(after, name)
    }

    async def back(engine: EngineAPI) -> str:
        await engine.update_task(after.id, fields, expected_version=after.version, actor=ACTOR)
        return f"{after.id} is as before: {', '.join(fields)}"

    return Undo(f"change of {after.id}", back)


def undo_create(task: Task, delete_key: str) -> Undo:
    """Delete it, unless somebody changed it since; then ``delete_key`` still does."""

    async def back(engine: EngineAPI) -> str:
        found = await engine.get_task(task.id)
        if found.version != task.version:
            return f"{task.id} was changed meanwhile, so it stays; {delete_key} deletes it"
        await engine.delete_task(task.id, actor=ACTOR)
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
