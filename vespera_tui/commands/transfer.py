"""``import`` and ``export``."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.exchange.names import FORMATS, READABLE
from vespera_tui.commands import importing, session
from vespera_tui.commands.exits import FAILED, FINE
from vespera_tui.commands.importing import Options
from vespera_tui.commands.text import complain, note, print_json
from vespera_tui.commands.waiting import wait_until_idle

if TYPE_CHECKING:
    from engine.api import EngineAPI
    from engine.exchange.format import ParsedFile

FORMAT = click.option(
    "--format",
    "format_",
    type=click.Choice(READABLE),
    default="auto",
    show_default=True,
    help="auto goes by the content.",
)
PREFIX = click.option(
    "--prefix",
    default="",
    metavar="NAME",
    help="Put NAME/ before all ids, to keep projects with the same ids apart.",
)
MOVED = click.option(
    "--moved", is_flag=True, help="The same project as before, though its path is another."
)


@click.command("import")
@click.argument("file", type=click.Path())
@FORMAT
@PREFIX
@MOVED
@click.option("--dry-run", is_flag=True, help="Only tell what would happen.")
@click.option("--prune", is_flag=True, help="Delete tasks that are gone from FILE, after asking.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.option("--wait", is_flag=True, help="Work until everything is in all three stores.")
@click.option("-v", "--verbose", is_flag=True, help="A line for each task created or updated.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def import_(file: str, format_: str, prefix: str, wait: bool, **flags: bool) -> int:
    """Bring in the tasks of FILE, a file or folder (- is standard input).

    A second time updates what changed.
    """
    if flags["dry_run"] and wait:
        raise click.UsageError("--dry-run does nothing that --wait could wait for")
    parsed = importing.read(file, format_, prefix)
    options = Options(**flags)
    return session.run(partial(_import, file, parsed, options, wait), services=wait)


async def _import(
    file: str, parsed: ParsedFile, options: Options, wait: bool, engine: EngineAPI
) -> int:
    done = await importing.bring_in(engine, parsed, options)
    if options.as_json:
        print_json(importing.as_object(file, parsed, done))
    else:
        importing.show(file, parsed, done, options)
    pruned = await importing.prune(engine, done, options)
    waited = await wait_until_idle(engine) if wait else FINE
    return waited or (FAILED if done.errors or not pruned else FINE)


@click.command()
@click.argument("file", type=click.Path())
@click.option(
    "--format",
    "format_",
    type=click.Choice(FORMATS),
    help="Else by what FILE is or by its name; vespera if in doubt.",
)
@click.option("--prefix", default="", metavar="NAME", help="Only ids with NAME/, without it.")
@click.option("--plain", is_flag=True, help="Leave out what only Vespera can read.")
@click.option("--force", is_flag=True, help="Replace FILE though it holds something else.")
def export(file: str, format_: str | None, prefix: str, plain: bool, force: bool) -> int:
    """Write all tasks with their links to FILE, a file or folder (- is standard output)."""
    from engine.exchange import export as exchange  # noqa: PLC0415 - slow to import

    path = None if file == "-" else Path(file)
    name = format_ or exchange.format_for(path)
    if path and not force:
        exchange.check_replaceable(path, name)
    return session.run(partial(_export, path, name, prefix, plain))


async def _export(path: Path | None, name: str, prefix: str, plain: bool, engine: EngineAPI) -> int:
    from engine.exchange import export as exchange  # noqa: PLC0415 - slow to import
    from engine.exchange.format import without_prefix  # noqa: PLC0415 - slow to import

    tasks = engine.export_tasks()
    if prefix:
        tasks = without_prefix(tasks, f"{prefix}/")
    if path is None:
        done = await exchange.write_stream(sys.stdout, tasks, name, plain=plain)
    else:
        done = await exchange.write_path(path, tasks, name, plain=plain)
        note(f"{name}: {done.tasks} tasks written to {path}")
    if done.left:
        some = ", ".join(done.left[:5]) + (", ..." if len(done.left) > 5 else "")  # noqa: PLR2004 - a few examples
        what = "are still there" if name == "backlog" else "were there"
        note(f"{len(done.left)} tasks {what} that the store does not have: {some}")
    if done.lost:
        complain(f"{done.lost} tasks have more than {name} can say; without --plain it is kept")
    return FINE
