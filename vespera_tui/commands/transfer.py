"""``import`` and ``export``."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.exchange.format import FORMATS, read_file
from engine.exchange.output import write_file, write_stream
from vespera_tui.commands import session
from vespera_tui.commands.exits import FAILED, FINE
from vespera_tui.commands.text import complain, note, say
from vespera_tui.commands.waiting import wait_until_idle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.api import EngineAPI
    from engine.exchange.format import ParsedFile
    from engine.snapshots import ImportReport

SHOWN_ERRORS = 100


@click.command("import")
@click.argument("file", type=click.Path())
@click.option(
    "--format",
    "format_",
    type=click.Choice(FORMATS),
    default="auto",
    show_default=True,
    help="auto goes by the content.",
)
@click.option("--wait", is_flag=True, help="Work until everything is in all three stores.")
def import_(file: str, format_: str, wait: bool) -> int:
    """Bring in the tasks of FILE (- is standard input). A second time changes nothing."""
    parsed = read_file("/dev/stdin" if file == "-" else file, format_)
    return session.run(partial(_import, file, parsed, wait), services=wait)


async def _import(file: str, parsed: ParsedFile, wait: bool, engine: EngineAPI) -> int:
    report = await engine.import_drafts(parsed.drafts, actor=session.actor())
    say(_summary(parsed, report))
    errors = sorted({*parsed.errors, *report.errors})
    _show_errors(file, errors)
    waited = await wait_until_idle(engine) if wait else FINE
    return waited or (FAILED if errors else FINE)


def _summary(parsed: ParsedFile, report: ImportReport) -> str:
    done = f"{report.created} tasks created, {report.updated} updated, {report.unchanged} unchanged"
    parts = [f"{parsed.format}: {done}; {report.links} links"]
    if report.dangling:
        parts.append(f"{report.dangling} dangling (their target does not exist)")
    return ", ".join(parts)


def _show_errors(file: str, errors: Sequence[tuple[int, str]]) -> None:
    for line, message in errors[:SHOWN_ERRORS]:
        complain(f"{file}:{line}: {message}")
    if len(errors) > SHOWN_ERRORS:
        complain(f"{len(errors) - SHOWN_ERRORS} more lines of {file} could not be read")


@click.command()
@click.argument("file", type=click.Path())
def export(file: str) -> int:
    """Write all tasks with their links to FILE (- is standard output), one JSON object a line."""
    return session.run(partial(_export, file))


async def _export(file: str, engine: EngineAPI) -> int:
    if file == "-":
        await write_stream(sys.stdout, engine.export_tasks())
        return FINE
    count = await write_file(Path(file), engine.export_tasks())
    note(f"{count} tasks written to {file}")
    return FINE
