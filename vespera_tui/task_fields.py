"""A task as the fields of a form, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.tasks import STATUSES
from widgets.task_form import Field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.tasks import Task, TaskDraft


def fields(task: Task | TaskDraft) -> tuple[Field, ...]:
    """What the form shows, in its order."""
    return (
        Field("title", "Title", task.title, "what is to be done"),
        Field("description", "Description", task.description, lines=5),
        Field("status", "Status", task.status, ", ".join(STATUSES), STATUSES),
        Field("priority", "Priority", str(task.priority), "0, the most urgent, to 4"),
        Field("project", "Project", task.project, "none"),
        Field("assignee", "Assignee", task.assignee, "nobody"),
        Field("tags", "Tags", ", ".join(task.tags), "parted by commas"),
        Field("parent", "Part of", task.parent, "the id of another task"),
    )


def values(typed: Mapping[str, str]) -> dict[str, Any]:
    """What was typed as the engine takes it; what it can't take it names itself."""
    found: dict[str, Any] = dict(typed)
    if "priority" in found:
        text = found["priority"].strip()
        found["priority"] = int(text) if text.isascii() and text.isdigit() else text
    if "tags" in found:
        found["tags"] = [tag.strip() for tag in found["tags"].split(",") if tag.strip()]
    return found
