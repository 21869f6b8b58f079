"""Folders of Backlog.md: a Markdown file a task, in ``tasks``, ``completed`` and the like.

The mapping is described in docs/formats.md.
"""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import ImportFormatError, InvalidInputError
from engine.exchange import front_matter
from engine.exchange.backlog_codec import BODY, FOLDER, FOLDERS, NAME, BacklogCodec
from engine.exchange.codec import Book, Record
from engine.exchange.lens import ORIGIN, read_record, write_record
from engine.exchange.lines import BYTE_ORDER_MARK
from engine.exchange.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from engine.tasks import TaskDraft

FILE = "~file"
"""The name of a task's file, where it is not what its id and title make."""
CONFIG = "config.yml"
MAX_FILE = 5_000_000
"""Bytes of one task's file."""
ID = re.compile(r"[A-Za-z]+-\d+(\.\d+)*")
TITLE_BYTES, NAME_BYTES = 80, 250


def home(path: Path) -> Path | None:
    """The folder with ``tasks`` at or below ``path``; None if there is none."""
    for folder in (path, path / "backlog", path / ".backlog"):
        if any((folder / name).is_dir() for name in FOLDERS):
            return folder
    return None


def read(path: Path, reading: Reading) -> None:
    """Every task file; one that can't be read is told by its path.

    Raises ImportFormatError if there is no folder of Backlog.md.
    """
    folder = home(path)
    if folder is None:
        raise ImportFormatError(f"{str(path)!r} has no folder {', '.join(FOLDERS[:3])}")
    reading.source = os.path.realpath(folder)  # also when the folder around it was named
    statuses = read_statuses(folder, reading)
    found = list(_records(folder, reading))
    codec = BacklogCodec(Book(), statuses)
    for _, record in found:
        _enter(codec, record)
    reading.naturals = codec.book.naturals
    for number, (place, record) in enumerate(found, start=len(reading.errors) + 1):
        own = BacklogCodec(codec.book, statuses, more=_more(record, Path(place).name))
        reading.add(number, lambda r=record, c=own: read_record(r, c, reading.source), place)  # type: ignore[misc]


def _more(record: Mapping[str, Any], name: str) -> dict[str, Any]:
    made = file_name(str(record.get("id", "")), str(record.get("title", "")))
    return {FILE: name} if name != made else {}


def _enter(codec: BacklogCodec, record: Mapping[str, Any]) -> None:
    try:
        natural = codec.decode(record).id
        draft = read_record(record, codec)
    except InvalidInputError:
        return  # told when the task is read
    _note(codec.book, natural, draft.id)


def _records(folder: Path, reading: Reading) -> Iterator[tuple[str, Record]]:
    root = folder.resolve()
    for name in FOLDERS:
        for file in sorted((folder / name).glob("*.md")):
            place = f"{name}/{file.name}"
            try:
                yield place, {**read_task(file, root), FOLDER: name}
            except InvalidInputError as error:
                reading.fail(str(error), place)
            except OSError as error:
                reading.fail(error.strerror or str(error), place)


def files_of(naturals: Collection[str], folder: Path) -> set[Path]:
    """The files below ``folder`` that hold tasks with these ids."""
    wanted = {natural.casefold() for natural in naturals}
    reading, found = Reading(), set()
    for place, record in _records(folder, reading):
        if str(record.get("id", "")).casefold() in wanted:
            found.add(folder / place)
    return found


def read_task(file: Path, root: Path) -> Record:
    """The record of one file. Raises InvalidInputError, also for a link out of ``root``."""
    if not file.resolve().is_relative_to(root):
        raise InvalidInputError("a symbolic link that leaves the folder; it was not followed")
    if not file.is_file():
        raise InvalidInputError("no plain file")
    if file.stat().st_size > MAX_FILE:
        raise InvalidInputError(f"more than {MAX_FILE:,} bytes")
    try:
        text = file.read_bytes().removeprefix(BYTE_ORDER_MARK).decode()
    except UnicodeDecodeError as error:
        raise InvalidInputError(f"not UTF-8 at byte {error.start + 1}") from None
    head, body = front_matter.split(text)
    return {**front_matter.load(head), BODY: body}


def read_statuses(folder: Path, reading: Reading | None = None) -> tuple[str, ...]:
    """The project's own statuses, in their order; none if it has no readable configuration."""
    file = folder / CONFIG
    try:
        if file.stat().st_size > front_matter.MAX_LENGTH:
            return ()
        told = front_matter.load(file.read_text(encoding="utf-8")).get("statuses")
    except FileNotFoundError:
        return ()
    except (InvalidInputError, OSError, UnicodeDecodeError) as error:
        if reading is not None:
            reading.notes.append(f"{CONFIG} can't be read, so the usual statuses count: {error}")
        return ()
    return tuple(map(str, told)) if isinstance(told, list) else ()


def write(
    drafts: Sequence[TaskDraft],
    *,
    plain: bool = False,
    before: Mapping[str, str] | None = None,
    statuses: tuple[str, ...] = (),
) -> tuple[dict[str, str], int]:
    """The text of each file by its path in the folder, and how many tasks ``plain`` made lose.

    ``before`` has the ids in the folder by those here; ``statuses`` are the project's own.
    """
    book = _book(drafts, before or {})
    files: dict[str, str] = {}
    lost = 0
    for draft in drafts:
        natural, own = book.naturals[draft.id], draft.extra.get(NAME)
        told = own.get(FILE) if isinstance(own, dict) else None
        name = told if isinstance(told, str) and _fits(told, natural) else ""
        made = file_name(natural, draft.title)
        codec = BacklogCodec(book, statuses, more={FILE: name} if name not in {"", made} else {})
        record, loses = write_record(draft, codec, plain=plain)
        lost += loses
        place, text = _text(record)
        files[f"{place}/{name or made}"] = text
    return files, lost


def _text(record: Record) -> tuple[str, str]:
    fields = {name: value for name, value in record.items() if name not in {BODY, FOLDER}}
    place = record[FOLDER] if record[FOLDER] in FOLDERS else FOLDERS[0]
    return place, f"---\n{front_matter.dump(fields)}---\n{record[BODY]}"


def _book(drafts: Sequence[TaskDraft], before: Mapping[str, str]) -> Book:
    """Backlog.md's id for each task: its own from before if that is free, else the next."""
    book = Book()
    for task_id, natural in before.items():
        _note(book, natural, task_id)
    rest = []
    for draft in sorted(drafts, key=lambda draft: (draft.created_at or 0.0, draft.id)):
        natural = _own_id(draft)
        if draft.id in book.naturals:
            continue
        if natural and natural.casefold() not in book.ids:
            _note(book, natural, draft.id)
        else:
            rest.append(draft)
    prefix = next((natural.split("-")[0] for natural in book.ids), "task")
    number = 0
    for draft in rest:
        number += 1
        while f"{prefix}-{number}".casefold() in book.ids:
            number += 1
        _note(book, f"{prefix}-{number}", draft.id)
    return book


def _note(book: Book, natural: str, task_id: str) -> None:
    book.enter(natural, task_id)
    book.ids.setdefault(natural.casefold(), task_id)


def _own_id(draft: TaskDraft) -> str:
    origin = draft.extra.get(ORIGIN)
    told = origin.get("id") if isinstance(origin, dict) and origin.get("format") == NAME else ""
    return told if isinstance(told, str) and ID.fullmatch(told) else ""


def _fits(name: str, natural: str) -> bool:
    """Whether a name that was brought along may be the name of this task's file."""
    fine = os.sep not in name and name.isprintable() and len(name.encode()) <= NAME_BYTES
    return fine and name.endswith(".md") and name.casefold().startswith(f"{natural} ".casefold())


def file_name(natural: str, title: str) -> str:
    """``task-1 - Fix-the-mast.md``: of a title, only what is harmless in every file system."""
    plain = unicodedata.normalize("NFC", title)
    words = re.sub(r"[^\w.()+]+", "-", plain).strip("-.")
    while len(words.encode()) > TITLE_BYTES:
        words = words[:-1]
    start = re.sub(r"[^\w.\-]+", "-", natural).lstrip(".").lower()
    return f"{start} - {words.strip('-.') or 'untitled'}.md"
