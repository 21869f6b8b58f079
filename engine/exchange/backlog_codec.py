"""One task file of Backlog.md: front matter, and Markdown below it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from engine.errors import InvalidInputError
from engine.exchange.codec import Book, Record, links_of, targets
from engine.exchange.lines import json_type
from engine.exchange.times import read_time
from engine.tasks import (
    PARENT_CHILD,
    Link,
    TaskDraft,
    check_fields,
    check_id,
    check_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NAME = "backlog"
BODY = "#body"
"""The Markdown, as a field of the record beside those of the front matter."""
FOLDER = "#folder"
"""Where the file is, below the folder of the project."""
TASKS, ARCHIVE = "tasks", "archive/tasks"
FOLDERS = (TASKS, "completed", "drafts", ARCHIVE, "archive/drafts")
STATUS_THERE = {"in_progress": "In Progress", "closed": "Done"}
WORDS = {
    "open": "to do, todo, backlog, open, new, ready, planned, not started",
    "in_progress": "in progress, doing, started, active, in review, review, testing, wip",
    "blocked": "blocked, on hold, waiting",
    "deferred": "deferred, draft, later, someday, icebox",
    "closed": "done, completed, complete, closed, finished",
    "cancelled": "cancelled, canceled, rejected, won't do, wontfix",
}
STATUS_HERE = {word: status for status, words in WORDS.items() for word in words.split(", ")}
"""A project chooses its own names; the usual ones in lower case."""
PRIORITY_HERE = {"critical": 0, "high": 1, "medium": 2, "low": 3}
PRIORITY_THERE = ("high", "high", "medium", "low", "low")
HEAD = "\n## Description\n\n<!-- SECTION:DESCRIPTION:BEGIN -->\n"
FOOT = "\n<!-- SECTION:DESCRIPTION:END -->\n"
ALONE = re.compile(
    r"\n*## Description[ \t]*\n+(?:<!-- SECTION:DESCRIPTION:BEGIN -->\n)?(.*?)"
    r"(?:\n<!-- SECTION:DESCRIPTION:END -->)?\n*",
    re.DOTALL,
)
"""A body that is nothing but its description."""
SECTION = re.compile(r"^## ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class BacklogCodec:
    """A task file; ``statuses`` are the project's own, in their order."""

    book: Book
    statuses: tuple[str, ...] = ()
    name: str = NAME
    owned: frozenset[str] = frozenset(
        {"id", "title", "status", "assignee", "labels", "dependencies", "parent_task_id"}
        | {"priority", "created_date", "updated_date", BODY, FOLDER}
    )
    more: Mapping[str, Any] = field(default_factory=dict)

    def here(self, natural: str) -> str:
        """By the book."""
        return self.book.id_of(natural)

    def decode(self, record: Mapping[str, Any]) -> TaskDraft:
        """The task; its description is the Markdown, without a lone heading ``Description``."""
        given = {name: value for name, value in record.items() if value not in (None, "")}
        if "title" not in given:
            raise InvalidInputError("title: missing; every task needs one")
        priority = str(given.get("priority", "medium")).lower()
        if priority not in PRIORITY_HERE:
            allowed = ", ".join(PRIORITY_HERE)
            raise InvalidInputError(f"priority: {priority[:40]!r} is not one of {allowed}")
        fields = {
            "title": _scalar("title", given["title"]),
            "description": body_to_text(check_text("text", record.get(BODY, ""), 1_100_000)),
            "assignee": next(iter(_texts("assignee", given.get("assignee", []))), ""),
            "tags": _texts("labels", given.get("labels", [])),
        }
        return TaskDraft(
            id=check_id("id", _scalar("id", given.get("id", ""))),
            status=self._status(given),
            priority=PRIORITY_HERE[priority],
            links=tuple(dict.fromkeys(self._links(given))),
            created_at=read_date("created_date", given.get("created_date")),
            updated_at=read_date("updated_date", given.get("updated_date")),
            **check_fields(fields),
        )

    def _status(self, given: Mapping[str, Any]) -> str:
        status = _here(_scalar("status", given.get("status", "To Do")), self.statuses)
        folder = given.get(FOLDER, TASKS)
        if folder in {ARCHIVE, "archive/drafts"} and status != "closed":
            return "cancelled"
        if folder == "drafts" and status == "open":
            return "deferred"
        return "closed" if folder == "completed" else status

    def _links(self, given: Mapping[str, Any]) -> Iterator[Link]:
        if "parent_task_id" in given:
            parent = check_id("parent_task_id", _scalar("parent_task_id", given["parent_task_id"]))
            yield Link("", self._id_of(parent), PARENT_CHILD, created_by=NAME)
        for natural in _texts("dependencies", given.get("dependencies", [])):
            yield Link("", self._id_of(check_id("dependencies", natural)), created_by=NAME)

    def _id_of(self, natural: str) -> str:
        """Backlog.md changed the case of its ids once, and not all that refers to them."""
        found = self.book.ids.get(natural) or self.book.ids.get(natural.casefold())
        return found or natural

    def encode(self, draft: TaskDraft) -> Record:
        """The front matter in the order in which Backlog.md writes it, the body and the folder."""
        links = links_of(draft)
        parents = [n for p in targets(links, PARENT_CHILD) if (n := self._natural(p))]
        record: Record = {
            "id": self.book.natural_of(draft.id) or draft.id,
            "title": draft.title,
            "status": STATUS_THERE.get(draft.status, "To Do"),
            "assignee": [draft.assignee] if draft.assignee else [],
            "created_date": write_date(draft.created_at),
            "updated_date": write_date(draft.updated_at),
            "labels": list(draft.tags),
            "dependencies": [n for t in targets(links) if (n := self._natural(t))],
            "parent_task_id": parents[0] if parents else None,
            "priority": PRIORITY_THERE[draft.priority],
            BODY: text_to_body(draft.description),
            FOLDER: ARCHIVE if draft.status == "cancelled" else TASKS,
        }
        if self.statuses:
            record["status"] = self._own_word(draft.status) or record["status"]
        return {name: value for name, value in record.items() if value is not None}

    def _own_word(self, status: str) -> str | None:
        """The project's word for a status."""
        return next((word for word in self.statuses if _here(word, self.statuses) == status), None)

    def _natural(self, target: str) -> str | None:
        natural = self.book.natural_of(target) or target
        return natural if self._id_of(natural) == target else None

    def part(self, record: Mapping[str, Any]) -> tuple[Record, object]:
        """What Vespera adds is in the field ``vespera``."""
        return {k: v for k, v in record.items() if k != "vespera"}, record.get("vespera")

    def put(self, record: Record, overlay: Mapping[str, Any]) -> Record:
        """Add that field."""
        return record | {"vespera": dict(overlay)}


def _here(word: str, statuses: tuple[str, ...]) -> str:
    """The status here for a project's word: a usual one, or by its place among ``statuses``."""
    plain = " ".join(re.split(r"[\s_\-]+", word.strip().casefold()))
    if plain in STATUS_HERE:
        return STATUS_HERE[plain]
    own = [status.casefold() for status in statuses]
    if word.casefold() in own:
        place = own.index(word.casefold())
        return "open" if not place else "closed" if place == len(own) - 1 else "in_progress"
    allowed = ", ".join(statuses) or "; ".join(WORDS.values())
    raise InvalidInputError(f"status: {word[:40]!r} is not one of {allowed}")


def _scalar(name: str, value: object) -> str:
    """Text; a number stands for its digits."""
    if isinstance(value, (dict, list, bool)) or value is None:
        raise InvalidInputError(f"{name}: expected text, found {json_type(value)}")
    return str(value)


def _texts(name: str, value: object) -> list[str]:
    if isinstance(value, str):
        return [value] if value else []
    if not isinstance(value, list):
        raise InvalidInputError(f"{name}: expected a list of texts, found {json_type(value)}")
    return [_scalar(name, item) for item in value]


def body_to_text(body: str) -> str:
    """The Markdown; if all of it is the section ``Description``, what is in that."""
    alone = ALONE.fullmatch(body)
    if alone and not SECTION.search(alone[1]):
        return alone[1]
    return body.strip("\n")


def text_to_body(text: str) -> str:
    """The Markdown with the sections that Backlog.md looks for."""
    if not text:
        return ""
    return f"\n{text}\n" if SECTION.match(text) else f"{HEAD}{text}{FOOT}"


def read_date(name: str, value: object) -> float | None:
    """Unix seconds of ``2026-01-31 12:00``, of a day, or of any ISO 8601 time, in UTC."""
    if isinstance(value, str) and (day := re.fullmatch(r"(\d\d)[-/.](\d\d)[-/.](\d\d)", value)):
        value = f"20{day[3]}-{day[2]}-{day[1]}"
    return read_time(name, value)


def write_date(seconds: float | None) -> str | None:
    """As Backlog.md does, to the minute."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%d %H:%M")
