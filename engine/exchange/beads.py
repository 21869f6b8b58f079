"""The JSON lines that the issue tracker beads writes: one issue a line, with its dependencies."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.errors import InvalidInputError
from engine.exchange.codec import Record, links_of
from engine.exchange.lens import read_record, write_record
from engine.exchange.lines import list_of_objects
from engine.exchange.times import TIMES, read_time, read_times, write_time
from engine.tasks import STATUSES, Link, TaskDraft, check_choice, check_fields, check_id, check_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from engine.exchange.reading import Reading

STATUS_HERE = {"hooked": "in_progress", "pinned": "open", "tombstone": "cancelled"}
"""Statuses that only beads knows."""
COPIED = ("title", "description", "status", "priority", "assignee", "labels")
MARKS = frozenset({"issue_type", "labels", "dependencies", "close_reason", "dependency_count"})
"""Fields that only a line of beads has."""


def looks_like(value: Mapping[str, Any]) -> bool:
    """Whether a line is from beads rather than native."""
    return not MARKS.isdisjoint(value)


@dataclass(frozen=True, slots=True)
class BeadsCodec:
    """An issue; ids are the same here and there."""

    name: str = "beads"
    owned: frozenset[str] = frozenset({"id", "dependencies", *COPIED, *TIMES})
    more: Mapping[str, Any] = field(default_factory=dict)

    def here(self, natural: str) -> str:
        """The same."""
        return natural

    def decode(self, record: Mapping[str, Any]) -> TaskDraft:
        """The task that one issue describes, with all its dependencies as typed links."""
        given = {name: item for name, item in record.items() if item is not None}
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
            **check_fields(fields),
            **read_times(given),
        )

    def encode(self, draft: TaskDraft) -> Record:
        """The issue, without the fields that are empty, as beads writes it."""
        record: Record = {
            "id": draft.id,
            "title": draft.title,
            "description": draft.description,
            "status": draft.status,
            "priority": draft.priority,
            "issue_type": "task",
            "assignee": draft.assignee,
            "labels": list(draft.tags),
            "dependencies": [_write_link(draft.id, link) for link in links_of(draft)],
        }
        times = {name: getattr(draft, name) for name in TIMES}
        record |= {name: write_time(value) for name, value in times.items() if value is not None}
        return {name: value for name, value in record.items() if value not in ("", [])}

    def part(self, record: Mapping[str, Any]) -> tuple[Record, object]:
        """What Vespera adds is in the field ``vespera``."""
        return {k: v for k, v in record.items() if k != "vespera"}, record.get("vespera")

    def put(self, record: Record, overlay: Mapping[str, Any]) -> Record:
        """Add that field."""
        return record | {"vespera": dict(overlay)}


CODEC = BeadsCodec()


def read(objects: Iterable[tuple[int, Mapping[str, Any]]], reading: Reading) -> None:
    """Every issue under the number of its line."""
    for number, value in objects:
        reading.add(number, lambda value=value: read_record(value, CODEC, reading.source))  # type: ignore[misc]


def write(drafts: Iterable[TaskDraft], *, plain: bool = False) -> tuple[str, int]:
    """The lines, and how many issues ``plain`` made lose something."""
    written = [write_record(draft, CODEC, plain=plain) for draft in drafts]
    text = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record, _ in written)
    return text, sum(lost for _, lost in written)


def _read_link(task_id: str, value: Mapping[str, Any]) -> Link:
    owner = value.get("issue_id", task_id)
    if owner != task_id:
        raise InvalidInputError(f"dependencies: issue_id {owner!r} is not that of this issue")
    return Link(
        task_id="",
        target_id=check_id("dependencies: depends_on_id", value.get("depends_on_id")),
        kind=check_id("dependencies: type", value.get("type")),
        created_at=read_time("dependencies: created_at", value.get("created_at")) or 0.0,
        created_by=check_text("dependencies: created_by", value.get("created_by") or "", 200),
    )


def _write_link(task_id: str, link: Link) -> Record:
    record: Record = {"issue_id": task_id, "depends_on_id": link.target_id, "type": link.kind}
    if link.created_at:
        record["created_at"] = write_time(link.created_at)
    if link.created_by:
        record["created_by"] = link.created_by
    return record
