"""Reads a file or folder of tasks in any format there is, recognised by its content."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import ImportFormatError, InvalidInputError
from engine.exchange import backlog, beads, detection, taskmaster, taskwarrior, vespera
from engine.exchange.identity import with_ids
from engine.exchange.names import READABLE
from engine.exchange.reading import Reading
from engine.tasks import check_id

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from engine.exchange.detection import Content
    from engine.tasks import Link, Task, TaskDraft

    Tasks = AsyncIterator[tuple[Task, list[Link]]]

Error = tuple[int, str]
MAX_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """What a file or folder holds."""

    format: str
    drafts: tuple[tuple[int, TaskDraft], ...] = ()
    """Number of the task (its line in files with a task a line) and task; every task has an id,
    and no id comes twice."""
    errors: tuple[Error, ...] = ()
    """Number and what is wrong, for each task that was left out."""
    labels: Mapping[int, str] = field(default_factory=dict)
    naturals: Mapping[str, str] = field(default_factory=dict)
    """In formats that give numbers: a task's id in the file by its id here."""
    source: str = ""
    """What ``extra["origin"]["source"]`` of its tasks says; empty in the native format."""
    notes: tuple[str, ...] = ()

    def where(self, number: int) -> str:
        """Where in it a task is: ``line 7``, ``record 3``, ``task master:1.2``, a file's name."""
        return self.labels.get(number, f"line {number}")

    def place(self, path: str, number: int) -> str:
        """As :meth:`where`, with the file: ``a.jsonl:7`` or ``tasks.json: task master:1.2``."""
        label = self.labels.get(number)
        if label is None:
            return f"{path}:{number}"
        return f"{path}/{label}" if self.format == "backlog" else f"{path}: {label}"


def read_file(path: str | Path, format: str = "auto", *, prefix: str = "") -> ParsedFile:  # noqa: A002 - the option's name
    """Everything at ``path``; ``prefix`` goes before all ids, with a ``/``.

    Raises ImportFormatError if it can't be read, or is in no format that is known;
    InvalidInputError for an unknown ``format`` or a ``prefix`` that no id can have.
    """
    if format not in READABLE:
        raise InvalidInputError(f"format: {format!r} is not one of {', '.join(READABLE)}")
    if prefix:
        check_id("prefix", prefix)
    place = Path(path)
    plain = place.is_file() or place.is_dir()
    reading = Reading(source=os.path.realpath(place) if plain else "")
    if place.is_dir():
        found = _read_folder(place, format, reading)
    else:
        found = _read_plain(place, format, reading)
    drafts, doubled = with_ids(reading.drafts, reading.labels)
    if prefix:
        drafts = [(number, with_prefix(draft, f"{prefix}/")) for number, draft in drafts]
    return ParsedFile(
        found,
        tuple(drafts),
        tuple(sorted(reading.errors + doubled)),
        reading.labels,
        reading.naturals,
        "" if found == "vespera" else reading.source,
        tuple(reading.notes),
    )


def _read_folder(path: Path, name: str, reading: Reading) -> str:
    if name not in {"auto", "backlog"}:
        raise ImportFormatError(f"{str(path)!r} is a directory, and {name} is a file")
    if backlog.home(path) is None:
        below = ", ".join(sorted(item.name for item in path.iterdir())[:8]) or "nothing"
        raise ImportFormatError(
            f"{str(path)!r} is a directory without the folder tasks of a backlog; it holds {below}"
        )
    backlog.read(path, reading)
    return "backlog"


def _read_plain(path: Path, name: str, reading: Reading) -> str:
    if name == "backlog":
        raise ImportFormatError(f"{str(path)!r} is a file; a backlog is a folder with tasks in it")
    content = detection.parse(str(path), _bytes_of(path))
    found = name if name != "auto" else detection.detect(str(path), content)
    reading.errors += content.errors
    if content.noun != "line":
        numbers = (number for number, _ in (*content.objects, *content.errors))
        reading.labels |= {number: f"{content.noun} {number}" for number in numbers}
    if found == "taskmaster":
        taskmaster.read(_checked(path, content), reading)
        return found
    objects = content.objects
    if found == "vespera":
        for number, value in objects:
            reading.add(number, lambda value=value: vespera.read_object(value))  # type: ignore[misc]
    else:
        {"beads": beads.read, "taskwarrior": taskwarrior.read}[found](objects, reading)
    return found


def _bytes_of(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ImportFormatError(f"{str(path)!r}: more than {MAX_BYTES:,} bytes; split it")
        return path.read_bytes()
    except OSError as error:
        raise ImportFormatError(f"{str(path)!r}: {error.strerror or error}") from None


def _checked(path: Path, content: Content) -> Mapping[str, Any]:
    document = content.document
    if document is None and len(content.objects) == 1:
        document = content.objects[0][1]
    if document is None or not taskmaster.looks_like(document):
        raise ImportFormatError(f"{str(path)!r}: no object with tasks, or tags that have tasks")
    return document


def with_prefix(draft: TaskDraft, prefix: str) -> TaskDraft:
    """The task with ``prefix`` before its id and before those it refers to.

    A target that begins with ``/`` is outside, as :func:`without_prefix` writes it.
    """

    def full(target: str) -> str:
        return target[1:] if target.startswith("/") and target[1:] else prefix + target

    return replace(
        draft,
        id=prefix + draft.id,
        parent=full(draft.parent) if draft.parent else "",
        depends_on=tuple(map(full, draft.depends_on)),
        links=tuple(replace(link, target_id=full(link.target_id)) for link in draft.links),
    )


async def without_prefix(tasks: Tasks, prefix: str) -> Tasks:
    """The tasks whose ids begin with ``prefix``, without it: undoes :func:`with_prefix`."""

    def short(task_id: str) -> str:
        return task_id[len(prefix) :] if task_id.startswith(prefix) else f"/{task_id}"

    async for task, links in tasks:
        if task.id.startswith(prefix) and task.id != prefix:
            parent = short(task.parent) if task.parent else ""
            yield (
                replace(task, id=short(task.id), parent=parent),
                [replace(link, target_id=short(link.target_id)) for link in links],
            )
