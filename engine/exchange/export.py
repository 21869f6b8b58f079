"""Writes all tasks in any format there is, to a file, a folder or a stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from engine.errors import ImportFormatError, InvalidInputError
from engine.exchange import backlog, beads, detection, taskmaster, taskwarrior, vespera
from engine.exchange.codec import draft_of
from engine.exchange.format import read_file
from engine.exchange.output import atomic, write_folder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from engine.exchange.format import ParsedFile
    from engine.tasks import Link, Task, TaskDraft

    Tasks = AsyncIterator[tuple[Task, list[Link]]]

ENDINGS = {".jsonl": "vespera", ".ndjson": "vespera"}


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export did."""

    format: str
    tasks: int
    lost: int = 0
    """Tasks of which the format can't say all, and ``plain`` left that out."""
    left: tuple[str, ...] = ()
    """Ids of tasks that are (a folder) or were (a file) there, and that the store does not have."""


def format_for(path: Path | None) -> str:
    """The format that a path asks for: what is there now, else by its name; native if in doubt.

    Raises InvalidInputError for an ending that more than one format has.
    """
    if path is None:
        return "vespera"
    if path.is_dir():
        return "backlog"
    if path.is_file() and path.stat().st_size:
        return _found(path) or ENDINGS.get(path.suffix, "vespera")
    if path.name == "tasks.json":
        return "taskmaster"
    if path.suffix == ".json":
        raise InvalidInputError(
            f"{str(path)!r}: taskmaster and taskwarrior both end in .json; say which with --format"
        )
    return "vespera"


def check_replaceable(path: Path, name: str) -> None:
    """Raise InvalidInputError if there is something at ``path`` that is no ``name`` of tasks."""
    if path.is_dir() or name == "backlog":
        return _check_folder(path, name)
    if not path.exists() or not path.stat().st_size:
        return None
    found = _found(path)
    if found == name:
        return None
    what = f"holds {found}" if found else "holds no tasks"
    raise InvalidInputError(f"{str(path)!r} {what}; --force replaces it with {name}")


def _check_folder(path: Path, name: str) -> None:
    if name != "backlog":
        raise InvalidInputError(f"{str(path)!r} is a directory, and {name} is a file")
    if path.exists() and not path.is_dir():
        raise InvalidInputError(f"{str(path)!r} is a file, and a backlog is a folder")
    if path.is_dir() and backlog.home(path) is None and any(path.iterdir()):
        raise InvalidInputError(f"{str(path)!r} holds something else; --force writes into it")


def _found(path: Path) -> str:
    try:
        return detection.detect(str(path), detection.parse(str(path), path.read_bytes()))
    except ImportFormatError:
        return ""


async def write_stream(
    stream: TextIO, tasks: Tasks, name: str = "vespera", *, plain: bool = False
) -> Exported:
    """Write every task to ``stream``; InvalidInputError for a format that is a folder."""
    if name == "backlog":
        raise InvalidInputError("backlog: a folder can't be written to standard output")
    return await _write(stream, tasks, name, plain=plain, before={})


async def write_path(
    path: Path, tasks: Tasks, name: str = "vespera", *, plain: bool = False
) -> Exported:
    """Write every task at ``path``, which changes only when all is there.

    In a folder of Backlog.md each file is replaced by itself, and what is there besides stays.
    Raises InvalidInputError if it can't be written.
    """
    there = _there(path, name)
    before = dict(there.naturals) if there else {}
    if name == "backlog":
        return await _write_folder(path, tasks, before, plain=plain)
    with atomic(path) as stream:
        return await _write(stream, tasks, name, plain=plain, before=before)


def _there(path: Path, name: str) -> ParsedFile | None:
    """What is at ``path`` already, in formats where a task without a number gets one."""
    if name not in {"taskmaster", "backlog"} or not path.exists():
        return None
    try:
        return read_file(path, name)
    except InvalidInputError:
        return None  # is replaced, as --force says


async def _write(
    stream: TextIO, tasks: Tasks, name: str, *, plain: bool, before: dict[str, str]
) -> Exported:
    if name == "vespera":
        count = 0
        async for task, links in tasks:
            stream.write(vespera.write_line(task, links))
            count += 1
        return Exported(name, count)
    drafts = [draft_of(task, links) async for task, links in tasks]
    if name == "taskmaster":
        text, lost = taskmaster.write(drafts, plain=plain, before=before)
    else:
        text, lost = {"beads": beads.write, "taskwarrior": taskwarrior.write}[name](
            drafts, plain=plain
        )
    stream.write(text)
    return Exported(name, len(drafts), lost, _left(drafts, before))


def _left(drafts: list[TaskDraft], before: dict[str, str]) -> tuple[str, ...]:
    return tuple(sorted(before.keys() - {draft.id for draft in drafts}))


async def _write_folder(
    path: Path, tasks: Tasks, before: dict[str, str], *, plain: bool
) -> Exported:
    folder = backlog.home(path) or path
    drafts = [draft_of(task, links) async for task, links in tasks]
    statuses = backlog.read_statuses(folder)
    files, lost = backlog.write(drafts, plain=plain, before=before, statuses=statuses)
    old = backlog.files_of({before[d.id] for d in drafts if d.id in before}, folder)
    write_folder(folder, files)
    for file in old - {folder / name for name in files}:
        file.unlink(missing_ok=True)
    return Exported("backlog", len(drafts), lost, _left(drafts, before))
