"""Tasks are brought in from the dashboard: from a file, or the sample project."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import InvalidInputError
from engine.exchange.sample import sample_path
from vespera_tui.console import ACTOR, engine_of
from widgets.models import Choice

if TYPE_CHECKING:
    from engine.exchange.format import ParsedFile
    from engine.snapshots import ImportReport
    from vespera_tui.console import Console

CHUNK = 500
SHOWN_ERRORS = 3
CHOICES = (
    Choice("file", "A file or folder", "of any tracker; its format is recognised"),
    Choice("sample", "The sample project", "a tide and weather station, cycles included"),
)


async def import_tasks(console: Console) -> None:
    """Ask what is to be brought in, tell what that would do, and do it."""
    what = await console.choose("Import what?", CHOICES)
    if what is None:
        return
    name = str(sample_path()) if what == "sample" else await _name(console)
    if not name:
        return
    parsed = await asyncio.to_thread(_read, name)
    would = await engine_of(console).import_drafts(parsed.drafts, dry_run=True, actor=ACTOR)
    question = f"Import {len(parsed.drafts):,} tasks from {Path(name).name}?"
    detail = f"{_counts(would, 'would be ')}. Links that close a cycle are kept and flagged."
    if not await console.confirm(question, f"{detail}{_errors(parsed, would)}"):
        return
    console.say(f"imported as {parsed.format}: {_counts(await _bring_in(console, parsed))}")


async def _name(console: Console) -> str:
    text = await console.type_in("Import a file", "its path, or that of a folder", "", "")
    return (text or "").strip()


def _read(name: str) -> ParsedFile:
    from engine.exchange.format import read_file  # noqa: PLC0415 - slow to import

    path = Path(name).expanduser()
    if not path.exists():
        raise InvalidInputError(f"{path}: there is no such file")
    return read_file(str(path))


async def _bring_in(console: Console, parsed: ParsedFile) -> ImportReport:
    """In parts, so that other work comes in between; what became of all of them."""
    engine, report = engine_of(console), None
    for start in range(0, len(parsed.drafts), CHUNK):
        part = await engine.import_drafts(parsed.drafts[start : start + CHUNK], actor=ACTOR)
        report = part if report is None else _sum(report, part)
    return report if report is not None else await engine.import_drafts([], actor=ACTOR)


def _sum(one: ImportReport, other: ImportReport) -> ImportReport:
    return type(one)(
        created=one.created + other.created,
        updated=one.updated + other.updated,
        unchanged=one.unchanged + other.unchanged,
        links=one.links + other.links,
        dangling=other.dangling,
        errors=one.errors + other.errors,
    )


def _counts(report: ImportReport, would: str = "") -> str:
    parts = [f"{report.created:,} {would}created", f"{report.updated:,} updated"]
    parts += [f"{report.unchanged:,} unchanged", f"{report.links:,} links"]
    return ", ".join(parts)


def _errors(parsed: ParsedFile, report: ImportReport) -> str:
    found = sorted({*parsed.errors, *report.errors})
    if not found:
        return ""
    some = "; ".join(f"line {line}: {text}" for line, text in found[:SHOWN_ERRORS])
    return f" {len(found):,} lines are left out: {some}"
