"""The native format ``vespera``: one JSON object a line; only ``title`` is required."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from engine.errors import InvalidInputError
from engine.exchange.lines import check_names, json_type, list_of_objects
from engine.exchange.times import TIMES, read_time, read_times, write_time
from engine.tasks import (
    BLOCKS,
    CHANGEABLE,
    PARENT_CHILD,
    Link,
    Task,
    TaskDraft,
    check_fields,
    check_id,
    check_text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FIELDS = ("id", *CHANGEABLE, "depends_on", *TIMES, "links", "extra")
LINK_FIELDS = ("target", "kind", "created_at", "created_by")


def looks_like(value: Mapping[str, Any]) -> bool:
    """Whether an object can be a native task: it has a title, or most of its fields are ours."""
    return "title" in value or 2 * len(value.keys() & set(FIELDS)) > len(value)


def read_object(value: Mapping[str, Any]) -> TaskDraft:
    """The task that one line describes; its id is empty when the line gives none.

    A link that is given twice (in ``depends_on`` or ``parent``, and in ``links``) counts once,
    with what ``links`` knows of it. Raises InvalidInputError that names the field.
    """
    check_names("", value, FIELDS)
    given = {name: item for name, item in value.items() if item is not None}
    if "title" not in given:
        raise InvalidInputError("title: missing; every task needs one")
    links = _read_links(given.get("links", []))
    known = {(link.target_id, link.kind) for link in links}
    fields = check_fields({name: given[name] for name in CHANGEABLE if name in given})
    parent = fields.pop("parent", "")
    if (parent, PARENT_CHILD) in known:  # the first such link tells which parent is the first
        links.sort(key=lambda link: (link.target_id, link.kind) != (parent, PARENT_CHILD))
        parent = ""
    depends_on = read_ids("depends_on", given.get("depends_on", []))
    return TaskDraft(
        id=check_id("id", given["id"]) if "id" in given else "",
        parent=parent,
        depends_on=tuple(target for target in depends_on if (target, BLOCKS) not in known),
        links=tuple(links),
        extra=_read_extra(given.get("extra", {})),
        **fields,
        **read_times(given),
    )


def read_ids(name: str, value: object) -> list[str]:
    """``value`` as distinct task ids; InvalidInputError otherwise."""
    if not isinstance(value, list):
        raise InvalidInputError(f"{name}: expected a list of ids, found {json_type(value)}")
    return list(dict.fromkeys(check_id(name, item) for item in value))


def _read_links(value: object) -> list[Link]:
    links = [read_link(item) for item in list_of_objects("links", value)]
    return list({(link.target_id, link.kind): link for link in links}.values())


def read_link(value: Mapping[str, Any]) -> Link:
    """A link as :func:`write_link` writes it; InvalidInputError that names the field."""
    check_names("links: ", value, LINK_FIELDS)
    return Link(
        task_id="",
        target_id=check_id("links: target", value.get("target")),
        kind=check_id("links: kind", value.get("kind", BLOCKS)),
        created_at=read_time("links: created_at", value.get("created_at")) or 0.0,
        created_by=check_text("links: created_by", value.get("created_by") or "", 200),
    )


def _read_extra(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidInputError(f"extra: expected an object, found {json_type(value)}")
    return value


def write_line(task: Task, links: Sequence[Link]) -> str:
    """``task`` and the ``links`` out of it as one line, with its line end.

    ``parent`` and ``depends_on`` are there for other programs; ``links`` holds all links with who
    made them and when, so that reading the line gives the same task again.
    """
    line: dict[str, Any] = {
        "id": task.id,
        "title": task.title,
        "description": task.description,
        "status": task.status,
        "priority": task.priority,
        "project": task.project,
        "parent": task.parent,
        "tags": list(task.tags),
        "assignee": task.assignee,
        "depends_on": [link.target_id for link in links if link.kind == BLOCKS],
        "created_at": write_time(task.created_at),
        "updated_at": write_time(task.updated_at),
    }
    if task.closed_at is not None:
        line["closed_at"] = write_time(task.closed_at)
    if links:
        line["links"] = [write_link(link) for link in links]
    if task.extra:
        line["extra"] = dict(task.extra)
    return json.dumps(line, ensure_ascii=False) + "\n"


def write_link(link: Link) -> dict[str, Any]:
    """A link without its task."""
    line: dict[str, Any] = {"target": link.target_id, "kind": link.kind}
    if link.created_at:
        line["created_at"] = write_time(link.created_at)
    if link.created_by:
        line["created_by"] = link.created_by
    return line
