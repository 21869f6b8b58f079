"""Tasks are brought in from the dashboard: from a file, or the sample project."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import InvalidInputError, VesperaError
from engine.exchange.sample import sample_path
from engine.snapshots import ImportReport
from vespera_tui.console import ACTOR, engine_of
from vespera_tui.import_reports import both
from vespera_tui.import_undo import TAKEN_BACK_AT_MOST, undo_import
from vespera_tui.imported import Imported, read_before
from vespera_tui.long_work import LongWork
from widgets.models import Choice
from widgets.words import counted

if TYPE_CHECKING:
    from engine.exchange.format import ParsedFile
    from vespera_tui.console import Console

CHUNK = 500
"""Tasks that are brought in between two looks at the screen."""
SHOWN_ERRORS = 3
CHOICES = (
    Choice("file", "A file or folder", "of any tracker; its format is recognised"),
    Choice("sample", "The sample project", "a tide and weather station, cycles included"),
)


@dataclass(slots=True)
class Outcome:
    """What became of an import, whole or not."""

    report: ImportReport = field(default_factory=ImportReport)
    done: Imported = field(default_factory=Imported)
    looked_at: int = 0
    """Tasks of the file that were brought in or left alone."""
    problem: str = ""
    """What ended it early; empty when nothing did."""


async def import_tasks(console: Console) -> None:
    """Ask what is to be brought in, tell what that would do, and do it."""
    what = await console.choose("Import what?", CHOICES)
    if what is None:
        return
    path = str(sample_path()) if what == "sample" else await _name(console)
    if not path:
        return
    name = Path(path).name
    with LongWork(console, f"reading {name}", stops=False):
        parsed = await asyncio.to_thread(_read, path)
    would = await _preview(console, parsed, name)
    if would is None:
        console.say(f"nothing of {name} is imported")
        return
    question = f"Import {counted(len(parsed.drafts), 'task')} from {name}?"
    if not await console.confirm(question, _detail(parsed, would)):
        return
    outcome = await _bring_in(console, parsed, name, would)
    undo = undo_import(console, name, outcome.done) if len(outcome.done) else None
    console.say(_told(parsed, outcome), problem=bool(outcome.problem), undo=undo)
    console.read_parity()  # or the stores would be in step with what was there before


async def _name(console: Console) -> str:
    text = await console.type_in("Import a file", "its path, or that of a folder", "", "")
    return (text or "").strip()


def _read(name: str) -> ParsedFile:
    from engine.exchange.format import read_file  # noqa: PLC0415 - slow to import

    path = Path(name).expanduser()
    if not path.exists():
        raise InvalidInputError(f"{path}: there is no such file")
    return read_file(str(path))


async def _preview(console: Console, parsed: ParsedFile, name: str) -> ImportReport | None:
    """What it would do; None when it was stopped."""
    engine, report = engine_of(console), ImportReport()
    with LongWork(console, f"looking through {name}", len(parsed.drafts)) as work:
        for start in range(0, len(parsed.drafts), CHUNK):
            if work.stopped:
                return None
            part = parsed.drafts[start : start + CHUNK]
            report = both(report, await engine.import_drafts(part, dry_run=True, actor=ACTOR))
            work.advance(len(part))
    return report


async def _bring_in(
    console: Console, parsed: ParsedFile, name: str, would: ImportReport
) -> Outcome:
    """In parts, so that other work comes in between, and as far as it goes."""
    engine, outcome, undoable = engine_of(console), Outcome(), _undoable(would)
    updated = {each.id for each in would.changes if each.what == "updated"} if undoable else set()
    with LongWork(console, f"importing {name}", len(parsed.drafts)) as work:
        for start in range(0, len(parsed.drafts), CHUNK):
            if work.stopped:
                outcome.problem = "stopped"
                break
            part = parsed.drafts[start : start + CHUNK]
            try:
                before = await read_before(
                    engine, [draft.id for _, draft in part if draft.id in updated]
                )
                report = await engine.import_drafts(part, actor=ACTOR)
            except VesperaError as error:
                outcome.problem = str(error)
                break
            if undoable:
                outcome.done.add(report, {draft.id: draft for _, draft in part}, before)
            outcome.report = both(outcome.report, report)
            outcome.looked_at += len(part)
            work.advance(len(part))
    return outcome


def _undoable(would: ImportReport) -> bool:
    return would.created + would.updated <= TAKEN_BACK_AT_MOST


def _detail(parsed: ParsedFile, would: ImportReport) -> str:
    back = (
        "It can be taken back."
        if _undoable(would)
        else f"More than {TAKEN_BACK_AT_MOST:,} tasks at once can't be taken back."
    )
    cycles = "Links that close a cycle are kept and flagged."
    head = f"Recognised as {parsed.format}: {_counts(would, 'would be ')}."
    return f"{head} {cycles} {back}{_errors(parsed, would)}"


def _told(parsed: ParsedFile, outcome: Outcome) -> str:
    text = f"imported as {parsed.format}: {_counts(outcome.report)}"
    if outcome.problem:
        far = f"{outcome.looked_at:,} of {len(parsed.drafts):,} tasks"
        text = f"{outcome.problem} after {far}; {text}"
    if outcome.report.created or outcome.report.updated:
        text = f"{text}; vectors and graph follow"
    return f"{text}.{_errors(parsed, outcome.report)}"


def _counts(report: ImportReport, would: str = "") -> str:
    parts = [f"{report.created:,} {would}created", f"{report.updated:,} updated"]
    parts += [f"{report.unchanged:,} unchanged", counted(report.links, "link")]
    return ", ".join(parts)


def _errors(parsed: ParsedFile, report: ImportReport) -> str:
    found = sorted({*parsed.errors, *report.errors})
    if not found:
        return ""
    some = "; ".join(f"{parsed.where(number)}: {text}" for number, text in found[:SHOWN_ERRORS])
    more = "; …" if len(found) > SHOWN_ERRORS else ""
    return f" {len(found):,} left out: {some}{more}"
