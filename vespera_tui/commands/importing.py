"""What ``import`` and ``watch`` share: reading, bringing in, telling what happened."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from engine.snapshots import ImportReport
from vespera_tui.commands.text import complain, note, say
from vespera_tui.import_reports import both
from vespera_tui.who import actor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.api import EngineAPI
    from engine.exchange.format import ParsedFile
    from engine.snapshots import ImportChange

SHOWN_ERRORS = 100
SHOWN_VANISHED = 10
CHUNK = 2000
"""Tasks that are brought in between two notes of progress."""


@dataclass(frozen=True, slots=True)
class Options:
    """The flags of an import."""

    dry_run: bool = False
    moved: bool = False
    prune: bool = False
    yes: bool = False
    verbose: bool = False
    as_json: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """What an import did."""

    format: str = ""
    report: ImportReport = field(default_factory=ImportReport)
    vanished: tuple[str, ...] = ()
    """Ids of tasks that came from this file and are no longer in it."""
    errors: tuple[tuple[int, str], ...] = ()
    """Number and what is wrong, of reading and of storing."""


def read(file: str, format_: str = "auto", prefix: str = "") -> ParsedFile:
    """What is at ``file``; - is standard input. Raises InvalidInputError."""
    from engine.exchange.format import read_file  # noqa: PLC0415 - slow to import

    return read_file("/dev/stdin" if file == "-" else file, format_, prefix=prefix)


async def bring_in(engine: EngineAPI, parsed: ParsedFile, options: Options) -> Done:
    """Create and update; with ``dry_run`` only find out what that would do."""
    report = ImportReport()
    for start in range(0, len(parsed.drafts), CHUNK):
        if start:
            note(f"{start}/{len(parsed.drafts)} tasks")
        part = await engine.import_drafts(
            parsed.drafts[start : start + CHUNK],
            dry_run=options.dry_run,
            moved=options.moved,
            actor=actor(),
        )
        report = both(report, part)
    there = {draft.id for _, draft in parsed.drafts}
    known = await engine.imported_from(parsed.source) if parsed.source else []
    vanished = tuple(task_id for task_id in known if task_id not in there)
    return Done(parsed.format, report, vanished, tuple(sorted({*parsed.errors, *report.errors})))


def summary(done: Done, *, dry_run: bool = False) -> str:
    """One line about an import."""
    report = done.report
    would = "would be " if dry_run else ""
    counts = f"{report.updated} updated, {report.unchanged} unchanged; {report.links} links"
    parts = [f"{done.format}: {report.created} tasks {would}created, {counts}"]
    if report.dangling and not dry_run:
        parts.append(f"{report.dangling} dangling (their target does not exist)")
    return ", ".join(parts)


def show(file: str, parsed: ParsedFile, done: Done, options: Options) -> None:
    """Tell a person what happened."""
    for change in done.report.changes if options.verbose else ():
        say(_line(change, options))
    say(summary(done, dry_run=options.dry_run))
    for text in parsed.notes:
        note(f"{file}: {text}")
    if done.vanished:
        some = ", ".join(done.vanished[:SHOWN_VANISHED])
        more = ", ..." if len(done.vanished) > SHOWN_VANISHED else ""
        note(f"{len(done.vanished)} tasks are no longer in {file}: {some}{more}")
        if not options.prune:
            note("they are kept; --prune deletes them")
    show_errors(file, parsed, done.errors)


def _line(change: ImportChange, options: Options) -> str:
    what = f"would be {change.what}" if options.dry_run else change.what
    fields = f" ({', '.join(change.fields)})" if change.fields else ""
    return f"{what}  {change.id or '(new id)'}  {change.title}{fields}"


def show_errors(file: str, parsed: ParsedFile, errors: Sequence[tuple[int, str]]) -> None:
    """What was left out, and why."""
    for number, message in errors[:SHOWN_ERRORS]:
        complain(f"{parsed.place(file, number)}: {message}")
    if len(errors) > SHOWN_ERRORS:
        complain(f"{len(errors) - SHOWN_ERRORS} more tasks of {file} were left out")


def as_object(file: str, parsed: ParsedFile, done: Done) -> dict[str, object]:
    """For programs."""
    report = done.report
    return {
        "file": file,
        "format": done.format,
        "created": report.created,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "links": report.links,
        "dangling": report.dangling,
        "changes": report.changes,
        "vanished": done.vanished,
        "errors": [
            {"place": parsed.place(file, number), "message": message}
            for number, message in done.errors
        ],
        "notes": parsed.notes,
    }


async def prune(engine: EngineAPI, done: Done, options: Options) -> bool:
    """Delete what vanished, if that is wanted; False if it could not be done."""
    if not options.prune or not done.vanished:
        return True
    if done.errors:
        complain("nothing was pruned: what could not be read is not gone; mend the file first")
        return False
    count = len(done.vanished)
    if options.dry_run:
        note(f"{count} tasks would be deleted")
        return True
    if not options.yes:
        if not sys.stdin.isatty():
            complain(f"{count} tasks would be deleted; say --yes to do it without being asked")
            return False
        click.confirm(f"Delete {count} tasks that are no longer in the file?", abort=True, err=True)
    for task_id in done.vanished:
        await engine.delete_task(task_id, actor=actor())
    note(f"{count} tasks deleted")
    return True
