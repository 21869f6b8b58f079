"""What Taskwarrior's ``task export`` writes and ``task import`` reads: an array of JSON objects.

The mapping is described in docs/formats.md. Taskwarrior keeps attributes that it does not know only
if they are text, so the overlay is JSON inside the text attribute ``vespera``.
"""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from engine.errors import InvalidInputError
from engine.exchange.codec import Book, Record, links_of, targets
from engine.exchange.lens import ORIGIN, read_record, write_record
from engine.exchange.lines import ROOM, json_type, list_of_objects, parse_object
from engine.exchange.times import read_time
from engine.tasks import (
    FINISHED,
    MAX_TITLE,
    Link,
    TaskDraft,
    check_choice,
    check_fields,
    check_id,
    check_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from engine.exchange.reading import Reading

NAME = "taskwarrior"
STATUS_HERE = {
    "pending": "open",
    "waiting": "deferred",
    "recurring": "deferred",
    "completed": "closed",
    "deleted": "cancelled",
}
STATUS_THERE = {"deferred": "waiting", "closed": "completed", "cancelled": "deleted"}
PRIORITY_HERE = {"H": 1, "M": 2, "L": 3, "": 2}
PRIORITY_THERE = {0: "H", 1: "H", 3: "L", 4: "L"}
NAMESPACE = uuid.UUID("8f3c1f4e-6f5b-5d0e-9a57-2f0a4d6b7c11")
"""Tasks that are not from Taskwarrior get UUIDs that follow from their ids in this namespace."""
UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
STAMP = "%Y%m%dT%H%M%SZ"
TAG = re.compile(r"[^\W\d][^\s,+\-:/()<>^!%=~]*")
"""Tags that Taskwarrior reads back as they are."""


def looks_like(value: Mapping[str, Any]) -> bool:
    """Whether an object is a task of Taskwarrior: a description, and a UUID or its status."""
    return "description" in value and "title" not in value and ("uuid" in value or "entry" in value)


@dataclass(frozen=True, slots=True)
class TaskwarriorCodec:
    """A task; its UUID is its id here, unless the overlay says otherwise."""

    book: Book
    name: str = NAME
    owned: frozenset[str] = frozenset(
        [
            "uuid",
            "description",
            "status",
            "priority",
            "project",
            "tags",
            "depends",
            "annotations",
            "start",
            "entry",
            "modified",
            "end",
        ]
    )
    more: Mapping[str, Any] = field(default_factory=dict)

    def here(self, natural: str) -> str:
        """By the book."""
        return self.book.id_of(natural)

    def decode(self, record: Mapping[str, Any]) -> TaskDraft:
        """The task; ``description`` is its title, the annotations are its description."""
        given = {name: value for name, value in record.items() if value is not None}
        if "description" not in given:
            raise InvalidInputError("description: missing; every task needs one")
        title = check_text("description", given["description"], MAX_TITLE, required=True)
        status = check_choice("status", given.get("status", "pending"), tuple(STATUS_HERE))
        priority = check_choice("priority", given.get("priority", ""), tuple(PRIORITY_HERE))
        fields = {
            "description": _notes(given.get("annotations", [])),
            "project": given.get("project", ""),
            "tags": _list_or_commas("tags", given.get("tags", [])),
        }
        started = STATUS_HERE[status] == "open" and given.get("start")
        return TaskDraft(
            id=check_id("uuid", given.get("uuid")),
            title=title,
            status="in_progress" if started else STATUS_HERE[status],
            priority=PRIORITY_HERE[priority],
            links=tuple(self._links(_list_or_commas("depends", given.get("depends", [])))),
            created_at=_read_stamp("entry", given.get("entry")),
            updated_at=_read_stamp("modified", given.get("modified")),
            closed_at=_read_stamp("end", given.get("end")) if status in _ENDED else None,
            **check_fields(fields),
        )

    def _links(self, naturals: Sequence[str]) -> Iterable[Link]:
        for natural in dict.fromkeys(naturals):
            target = self.book.id_of(check_id("depends", natural))
            yield Link("", target, created_by=NAME)

    def encode(self, draft: TaskDraft) -> Record:
        """The task as ``task export`` writes it, without its derived ``id`` and ``urgency``."""
        natural = self.book.natural_of(draft.id) or draft.id
        record: Record = {
            "uuid": natural,
            "description": draft.title,
            "status": STATUS_THERE.get(draft.status, "pending"),
            "entry": _write_stamp(draft.created_at),
            "modified": _write_stamp(draft.updated_at),
            "end": _write_stamp(draft.closed_at) if draft.status in FINISHED else None,
            "start": (_write_stamp(draft.updated_at) or "19700101T000000Z")
            if draft.status == "in_progress"
            else None,
            "priority": PRIORITY_THERE.get(draft.priority),
            "project": draft.project,
            "tags": [tag for tag in draft.tags if TAG.fullmatch(tag)],
            "depends": [n for t in targets(links_of(draft)) if (n := self._natural(t))],
            "annotations": self._annotations(draft),
        }
        return {name: value for name, value in record.items() if value not in (None, "", [])}

    def _natural(self, target: str) -> str | None:
        natural = self.book.natural_of(target) or target
        return natural if _is_uuid(natural) and self.book.id_of(natural) == target else None

    def _annotations(self, draft: TaskDraft) -> list[Record]:
        if not draft.description:
            return []
        entry = _write_stamp(draft.created_at) or "19700101T000000Z"
        return [{"entry": entry, "description": draft.description}]

    def part(self, record: Mapping[str, Any]) -> tuple[Record, object]:
        """What Vespera adds is JSON in the text attribute ``vespera``."""
        plain = {name: value for name, value in record.items() if name != "vespera"}
        told = record.get("vespera")
        if not isinstance(told, str):
            return plain, told
        try:
            return plain, parse_object(told.encode(), ROOM)
        except InvalidInputError as error:
            raise InvalidInputError(f"vespera: {error}") from None

    def put(self, record: Record, overlay: Mapping[str, Any]) -> Record:
        """Add that attribute."""
        return record | {"vespera": json.dumps(overlay, ensure_ascii=False)}


_ENDED = ("completed", "deleted")


def read(objects: Iterable[tuple[int, Mapping[str, Any]]], reading: Reading) -> None:
    """Every task; one that can't be read is told by its UUID."""
    numbered = list(objects)
    codec = TaskwarriorCodec(Book())
    for _, value in numbered:
        natural, told = value.get("uuid"), value.get("vespera")
        if isinstance(natural, str) and isinstance(told, str):
            _enter(codec, natural, value)
    for number, value in numbered:
        label = f"task {str(value.get('uuid', number))[:60]}"
        reading.add(number, lambda v=value: read_record(v, codec, reading.source), label)  # type: ignore[misc]


def _enter(codec: TaskwarriorCodec, natural: str, value: Mapping[str, Any]) -> None:
    try:
        draft = read_record({**value, "depends": []}, codec)
    except InvalidInputError:
        return  # told when the task is read
    codec.book.enter(natural, draft.id)


def write(drafts: Sequence[TaskDraft], *, plain: bool = False) -> tuple[str, int]:
    """The array, one task a line; and how many tasks ``plain`` made lose something."""
    codec = TaskwarriorCodec(Book())
    for draft in sorted(drafts, key=lambda draft: _own_uuid(draft) is None):
        natural = _own_uuid(draft)
        if natural is None or natural in codec.book.ids:
            natural = str(uuid.uuid5(NAMESPACE, draft.id))
        codec.book.enter(natural, draft.id)
    written = [write_record(draft, codec, plain=plain) for draft in drafts]
    lines = [json.dumps(record, ensure_ascii=False) for record, _ in written]
    text = "[\n" + ",\n".join(lines) + "\n]\n" if lines else "[\n]\n"
    return text, sum(lost for _, lost in written)


def _own_uuid(draft: TaskDraft) -> str | None:
    origin = draft.extra.get(ORIGIN)
    told = origin.get("id") if isinstance(origin, dict) and origin.get("format") == NAME else None
    return next((text for text in (told, draft.id) if _is_uuid(text)), None)


def _is_uuid(text: object) -> bool:
    return isinstance(text, str) and bool(
        re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text)
    )


def _notes(value: object) -> str:
    items = list_of_objects("annotations", value)
    texts = [check_text("annotations", item.get("description"), 1_000_000) for item in items]
    return "\n\n".join(texts)


def _list_or_commas(name: str, value: object) -> list[Any]:
    """A list, or, from versions before 2.6, text with commas."""
    if isinstance(value, str):
        return [part for part in (part.strip() for part in value.split(",")) if part]
    if not isinstance(value, list):
        raise InvalidInputError(f"{name}: expected a list, found {json_type(value)}")
    return value


def _read_stamp(name: str, value: object) -> float | None:
    if isinstance(value, str) and re.fullmatch(r"\d{8}T\d{6}Z", value):
        try:
            return datetime.strptime(value, STAMP).replace(tzinfo=UTC).timestamp()
        except ValueError:
            raise InvalidInputError(
                f"{name}: {value!r} is no time, like 20260131T120000Z"
            ) from None
    return read_time(name, value)


def _write_stamp(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(int(seconds), UTC).strftime(STAMP)
