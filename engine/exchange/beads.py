"""The JSON lines that the issue tracker beads writes: one issue a line, with its dependencies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.errors import InvalidInputError
from engine.exchange.lines import list_of_objects
from engine.exchange.times import TIMES, read_time, read_times
from engine.tasks import STATUSES, Link, TaskDraft, check_choice, check_fields, check_id, check_text

if TYPE_CHECKING:
    from collections.abc import Mapping

STATUS_HERE = {"hooked": "in_progress", "pinned": "open", "tombstone": "cancelled"}
"""Statuses that only beads knows; the original stays in ``extra``."""

COPIED = ("title", "description", "status", "priority", "assignee", "labels")
NOTHING: tuple[object, ...] = (None, "", "{}", {})
MARKS = frozenset({"issue_type", "labels", "dependencies", "close_reason", "dependency_count"})
"""Fields that only a line of beads has."""


def looks_like(value: Mapping[str, Any]) -> bool:
    """Whether a line is from beads rather than native."""
    return not MARKS.isdisjoint(value)


def read_object(value: Mapping[str, Any]) -> TaskDraft:
    """The task that one line describes, with all its dependencies as typed links.

    What has no field here stays in ``extra["beads"]``. Raises InvalidInputError that names the
    field.
    """
    given = {name: item for name, item in value.items() if item is not None}
    if "title" not in given:
        raise InvalidInputError("title: missing; every issue needs one")
    task_id = check_id("id", given.get("id"))
    status = given.get("status", "open")
    check_choice("status", status, (*STATUSES, *STATUS_HERE))
    fields = {name: given[name] for name in COPIED if name in given}
    if "labels" in fields:
        fields["tags"] = fields.pop("labels")
    fields["status"] = STATUS_HERE.get(status, status)
    dependencies = list_of_objects("dependencies", given.get("dependencies", []))
    links = [_read_link(task_id, item) for item in dependencies]
    return TaskDraft(
        id=task_id,
        links=tuple({(link.target_id, link.kind): link for link in links}.values()),
        extra={"beads": _rest(given, status, dependencies)},
        **check_fields(fields),
        **read_times(given),
    )


def _read_link(task_id: str, value: Mapping[str, Any]) -> Link:
    owner = value.get("issue_id", task_id)
    if owner != task_id:
        raise InvalidInputError(f"dependencies: issue_id {owner!r} is not that of this line")
    return Link(
        task_id=task_id,
        target_id=check_id("dependencies: depends_on_id", value.get("depends_on_id")),
        kind=check_id("dependencies: type", value.get("type")),
        created_at=read_time("dependencies: created_at", value.get("created_at")) or 0.0,
        created_by=check_text("dependencies: created_by", value.get("created_by") or "", 200),
    )


def _rest(
    given: Mapping[str, Any], status: str, dependencies: list[dict[str, Any]]
) -> dict[str, Any]:
    taken = {"id", "dependencies", *COPIED, *TIMES}
    rest = {name: item for name, item in given.items() if name not in taken}
    if status in STATUS_HERE:
        rest["status"] = status
    details = [detail for item in dependencies if (detail := _link_details(item))]
    return rest | ({"dependencies": details} if details else {})


def _link_details(value: Mapping[str, Any]) -> dict[str, Any]:
    """What a dependency says that a link can't hold, with what it is about; empty if nothing."""
    held = {"issue_id", "depends_on_id", "type", "created_at", "created_by"}
    more = {name: item for name, item in value.items() if name not in held and item not in NOTHING}
    about = {"depends_on_id": value["depends_on_id"], "type": value["type"]}
    return about | more if more else {}
