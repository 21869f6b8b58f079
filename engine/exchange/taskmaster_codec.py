"""One task or subtask of Taskmaster's ``tasks.json``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.errors import InvalidInputError
from engine.exchange.codec import Book, Record, links_of, targets
from engine.exchange.lines import json_type
from engine.tasks import (
    PARENT_CHILD,
    Link,
    TaskDraft,
    check_choice,
    check_fields,
    check_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NAME = "taskmaster"
STATUS_HERE = {
    "pending": "open",
    "in-progress": "in_progress",
    "review": "in_progress",
    "done": "closed",
    "completed": "closed",
    "blocked": "blocked",
    "deferred": "deferred",
    "cancelled": "cancelled",
}
STATUS_THERE = {
    "open": "pending",
    "in_progress": "in-progress",
    "closed": "done",
}
PRIORITY_HERE = {"critical": 0, "high": 1, "medium": 2, "low": 3}
PRIORITY_THERE = ("critical", "high", "medium", "low", "low")
DETAILS, STRATEGY = "\n\n## Details\n\n", "\n\n## Test strategy\n\n"
"""Headings between the three texts of a task in its one description here."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record is: in a tag, at the top or under a task."""

    tag: str
    above: str = ""
    """The number of the parent, ``1`` or ``1.2``; empty at the top."""

    def key(self, number: str) -> str:
        """The id of the record with this number, unique in the file: ``master:1.2``."""
        return f"{safe_tag(self.tag)}:{self.above}.{number}" if self.above else self.top(number)

    def top(self, number: str) -> str:
        """The id of a record of this tag by its full number."""
        return f"{safe_tag(self.tag)}:{number}"


def safe_tag(tag: str) -> str:
    """A tag's name without what no id may have."""
    return re.sub(r"[^\w.\-/@+]", "_", tag)


@dataclass(frozen=True, slots=True)
class TaskmasterCodec:
    """A task at its place; ``book`` knows the others."""

    place: Place
    book: Book
    name: str = NAME
    owned: frozenset[str] = frozenset(
        {"id", "title", "description", "details", "testStrategy", "status", "priority"}
        | {"dependencies"}
    )
    more: Mapping[str, Any] = field(default_factory=dict)

    def here(self, natural: str) -> str:
        """By the book."""
        return self.book.id_of(natural)

    def decode(self, record: Mapping[str, Any]) -> TaskDraft:
        """The task, without its subtasks; the tag is its project."""
        given = {name: value for name, value in record.items() if value is not None}
        if "title" not in given:
            raise InvalidInputError("title: missing; every task needs one")
        natural = self.place.key(number_of("id", given.get("id")))
        status = check_choice("status", given.get("status", "pending"), tuple(STATUS_HERE))
        priority = check_choice("priority", given.get("priority", "medium"), tuple(PRIORITY_HERE))
        fields = {"title": given["title"], "description": _text(given), "project": self.place.tag}
        return TaskDraft(
            id=natural,
            status=STATUS_HERE[status],
            priority=PRIORITY_HERE[priority],
            links=tuple(self._links(natural, given.get("dependencies", []))),
            **check_fields(fields),
        )

    def _links(self, natural: str, dependencies: object) -> Iterable[Link]:
        if self.place.above:
            parent = self.book.id_of(self.place.top(self.place.above))
            yield Link("", parent, PARENT_CHILD, created_by=NAME)
        if not isinstance(dependencies, list):
            found = json_type(dependencies)
            raise InvalidInputError(f"dependencies: expected a list of numbers, found {found}")
        keys = (self._target(natural, item) for item in dependencies)
        for target in dict.fromkeys(map(self.book.id_of, keys)):
            yield Link("", target, created_by=NAME)

    def _target(self, natural: str, item: object) -> str:
        """A number under a task means its neighbour if there is one, else the task at the top."""
        number = number_of("dependencies", item)
        near, top = self.place.key(number), self.place.top(number)
        if near != natural and near in self.book.ids:
            return near
        return top if "." in number or top in self.book.ids or not self.place.above else near

    def encode(self, draft: TaskDraft) -> Record:
        """The record, with every field that Taskmaster expects."""
        natural = self.book.natural_of(draft.id) or draft.id
        last = natural.rpartition(":")[2].rpartition(".")[2]
        before, strategy = _split(draft.description, STRATEGY)
        description, details = _split(before, DETAILS)
        record: Record = {
            "id": int(last) if re.fullmatch(r"[0-9]{1,15}", last) else last,
            "title": draft.title,
            "description": description,
            "details": details,
            "testStrategy": strategy,
            "status": STATUS_THERE.get(draft.status, draft.status),
            "dependencies": self._dependencies(natural, draft),
        }
        if not self.place.above or draft.priority != TaskDraft("").priority:
            record["priority"] = PRIORITY_THERE[draft.priority]
        return record

    def _dependencies(self, natural: str, draft: TaskDraft) -> list[int | str]:
        found: list[int | str] = []
        for target in targets(links_of(draft)):
            key = self.book.natural_of(target) or target
            item = self._item(key)
            if item is not None and self.book.id_of(self._target(natural, item)) == target:
                found.append(item)
        return found

    def _item(self, key: str) -> int | str | None:
        """How this record names another of its tag; None if it can't."""
        tag, _, number = key.rpartition(":")
        if tag != safe_tag(self.place.tag) or not re.fullmatch(r"[0-9]+(\.[0-9]+)*", number):
            return None
        head, _, last = number.rpartition(".")
        return int(last) if head == self.place.above or not head else number

    def part(self, record: Mapping[str, Any]) -> tuple[Record, object]:
        """What Vespera adds is in ``metadata``, which Taskmaster leaves alone."""
        plain = {name: value for name, value in record.items() if name not in _APART}
        told, metadata = record.get("vespera"), record.get("metadata")
        if isinstance(metadata, dict) and "vespera" in metadata:
            told = metadata["vespera"]
            rest = {name: value for name, value in metadata.items() if name != "vespera"}
            return plain | ({"metadata": rest} if rest else {}), told
        return plain | ({"metadata": metadata} if "metadata" in record else {}), told

    def put(self, record: Record, overlay: Mapping[str, Any]) -> Record:
        """Add that field."""
        metadata = record.get("metadata", {})
        if "metadata" in record and not (isinstance(metadata, dict) and metadata):
            return record | {"vespera": dict(overlay)}
        return record | {"metadata": {**metadata, "vespera": dict(overlay)}}


_APART = ("vespera", "metadata", "subtasks")


def number_of(name: str, value: object) -> str:
    """A task's number as text: 1, "1" and "1.2" alike; InvalidInputError for anything else."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return str(value)
    if isinstance(value, str) and re.fullmatch(r"[\w-]{1,50}(\.[\w-]{1,50})*", value):
        return value
    if isinstance(value, float):  # 1.2 without its quotes; 1.10 can't be told from 1.1
        raise InvalidInputError(f'{name}: {value!r} needs quotes, like "1.2"')
    raise InvalidInputError(f'{name}: {str(value)[:40]!r} is no number of a task, like 1 or "1.2"')


def _text(given: Mapping[str, Any]) -> str:
    names = ("description", "details", "testStrategy")
    texts = [check_text(name, given.get(name, ""), 1_000_000) for name in names]
    heads = ("", DETAILS, STRATEGY)
    return "".join(head + text for head, text in zip(heads, texts, strict=True) if text)


def _split(text: str, head: str) -> tuple[str, str]:
    before, _, after = text.partition(head)
    return (before, after) if after else (text, "")
