"""Taskmaster's ``tasks.json``: tags that hold tasks that hold subtasks, or no tags as of old.

The mapping is described in docs/formats.md. What the file says outside its tasks (the metadata of
its tags, tags without tasks) stays with the first task of the file.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeGuard

from engine.errors import InvalidInputError
from engine.exchange.codec import Book, Record
from engine.exchange.lens import read_record, write_record
from engine.exchange.lines import ROOM, check_storable, json_type
from engine.exchange.taskmaster_codec import NAME, Place, TaskmasterCodec, number_of
from engine.exchange.taskmaster_plan import MASTER, Plan, make_plan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from engine.exchange.reading import Reading
    from engine.tasks import TaskDraft

FILE = "~file"
"""In the first task: what the file says outside its tasks."""
SUBTASKS = "~subtasks"
"""Whether there was a list of subtasks, where that is unusual."""
MAX_DEPTH = 20


def looks_like(value: Mapping[str, Any]) -> bool:
    """Whether a document is a tasks.json, with or without tags."""
    return not isinstance(value.get("title"), str) and any(True for _ in _tags(value))


def _tags(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(document.get("tasks"), list):
        yield MASTER, {"tasks": document["tasks"]}
    for name, inner in document.items():
        if isinstance(inner, dict) and isinstance(inner.get("tasks"), list):
            yield name, inner


def _about(document: Mapping[str, Any]) -> dict[str, Any]:
    """What the document says outside its tasks."""
    legacy = isinstance(document.get("tasks"), list)
    tags = [name for name, _ in _tags(document) if not (legacy and name == MASTER)]
    told = {
        name: {k: v for k, v in document[name].items() if k != "tasks"}
        for name in tags
        if len(document[name]) > 1 or not document[name]["tasks"]
    }
    rest = {k: v for k, v in document.items() if k not in tags and not (legacy and k == "tasks")}
    parts: dict[str, Any] = {"legacy": legacy, "tags": told, "rest": rest}
    return {name: value for name, value in parts.items() if value}


def read(document: Mapping[str, Any], reading: Reading) -> None:
    """Every task and subtask; one that can't be read is told by its tag and number.

    Raises InvalidInputError if what the file says outside its tasks can't be stored.
    """
    found: list[tuple[Place, Mapping[str, Any], str]] = []
    for tag, inner in _tags(document):
        found += _walk(Place(tag), inner["tasks"], reading)
    book = Book()
    for place, record, _ in found:
        _enter(book, place, record)
    about = _about(document)
    check_storable("line", about, ROOM)
    if not found and about.keys() - {"legacy"}:
        reading.notes.append("there is no task to keep what the file says of itself with")
    reading.naturals = book.naturals
    for number, (place, record, label) in enumerate(found, start=len(reading.errors) + 1):
        before = len(reading.drafts)
        codec = TaskmasterCodec(place, book, more=_more(place, about, "subtasks" in record))
        reading.add(number, lambda r=record, c=codec: _read(r, c, reading.source), label)  # type: ignore[misc]
        if len(reading.drafts) > before:
            about = {}  # the first that could be read has it


def _read(record: Mapping[str, Any], codec: TaskmasterCodec, source: str) -> TaskDraft:
    alone = {name: value for name, value in record.items() if name != "subtasks"}
    check_storable("line", alone, ROOM)
    return read_record(alone, codec, source)


def _more(place: Place, about: Mapping[str, Any], has_subtasks: bool) -> dict[str, Any]:
    more: dict[str, Any] = {FILE: about} if about else {}
    if has_subtasks is bool(place.above):  # usually the tasks at the top have a list, others none
        more[SUBTASKS] = has_subtasks
    return more


def _walk(
    place: Place, records: object, reading: Reading
) -> Iterator[tuple[Place, Mapping[str, Any], str]]:
    label = f"tag {place.tag}" + (f", task {place.above}" if place.above else "")
    if not isinstance(records, list) or place.above.count(".") > MAX_DEPTH:
        what = json_type(records) if not isinstance(records, list) else "a deeper nesting"
        reading.fail(f"subtasks: expected a list of tasks, found {what}", label)
        return
    for position, record in enumerate(records, start=1):
        if not isinstance(record, dict):
            reading.fail(f"expected a task, found {json_type(record)}", f"{label}, item {position}")
            continue
        number = str(record.get("id", f"number {position}"))[:60]
        full = f"{place.above}.{number}" if place.above else number
        yield place, record, f"task {place.tag}:{full}"
        if record.get("subtasks"):
            yield from _walk(Place(place.tag, full), record["subtasks"], reading)


def _enter(book: Book, place: Place, record: Mapping[str, Any]) -> None:
    """Note which id the task gets, before any dependency is read."""
    codec = TaskmasterCodec(place, Book())
    try:
        natural = place.key(number_of("id", record.get("id")))
        _, told = codec.part(record)
        draft = read_record({**record, "dependencies": []}, codec) if told else None
    except InvalidInputError:
        return  # told when the task is read
    book.enter(natural, draft.id if draft else natural)


def write(
    drafts: Sequence[TaskDraft],
    *,
    plain: bool = False,
    before: Mapping[str, str] | None = None,
) -> tuple[str, int]:
    """The document, and how many tasks ``plain`` made lose something.

    ``before`` has the ids in an earlier file by those here.
    """
    about = next((told for draft in drafts if (told := _told_of_file(draft))), {})
    plan = make_plan(drafts, before or {})
    legacy = bool(about.get("legacy"))
    document: dict[str, Any] = {"tasks": []} if legacy else {}
    document |= about.get("rest", {})
    document |= {tag: {"tasks": [], **told} for tag, told in about.get("tags", {}).items()}
    for tag in plan.tags:
        if not (legacy and tag == MASTER):
            before = document.get(tag)
            kept = before if _holds_tasks(before) else {}
            document[tag] = {**kept, "tasks": [{}]}  # soon filled
    if MASTER in document or not document:  # Taskmaster's own tag goes first
        document = {MASTER: {"tasks": []}} | document
    writer = _Writer(plan, _about(document), plain)
    for tag, records in writer.write(drafts, [name for name, _ in _tags(document)]).items():
        (document if legacy and tag == MASTER else document[tag])["tasks"] = records
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n", writer.lost


def _holds_tasks(inner: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(inner, dict) and isinstance(inner.get("tasks"), list)


def _told_of_file(draft: TaskDraft) -> dict[str, Any]:
    own = draft.extra.get(NAME)
    told = own.get(FILE) if isinstance(own, dict) else None
    if not isinstance(told, dict):
        return {}
    rest, tags = told.get("rest", {}), told.get("tags", {})
    well = isinstance(rest, dict) and isinstance(tags, dict)
    return told if well and all(isinstance(tag, dict) for tag in tags.values()) else {}


@dataclass(slots=True)
class _Writer:
    plan: Plan
    about: dict[str, Any]
    plain: bool
    lost: int = 0
    _below: dict[str, list[TaskDraft]] = field(default_factory=lambda: defaultdict(list))

    def write(self, drafts: Sequence[TaskDraft], order: Sequence[str]) -> dict[str, list[Record]]:
        """The records at the top of each tag, made in the ``order`` in which they are read."""
        tops: dict[str, list[TaskDraft]] = {tag: [] for tag in self.plan.tags}
        for draft in sorted(drafts, key=lambda draft: self.plan.order(draft.id)):
            place = self.plan.places[draft.id]
            if place.above:
                self._below[place.top(place.above)].append(draft)
            else:
                tops[place.tag].append(draft)
        return {tag: [self._record(d) for d in tops[tag]] for tag in order if tag in tops}

    def _record(self, draft: TaskDraft) -> Record:
        place, below = self.plan.places[draft.id], self._below[self.plan.book.naturals[draft.id]]
        own = draft.extra.get(NAME)
        usual = not place.above
        has = bool(below) or (own.get(SUBTASKS, usual) if isinstance(own, dict) else usual) is True
        codec = TaskmasterCodec(place, self.plan.book, more=_more(place, self.about, has))
        self.about = {}
        record, loses = write_record(draft, codec, plain=self.plain)
        self.lost += loses
        return record | ({"subtasks": [self._record(child) for child in below]} if has else {})
