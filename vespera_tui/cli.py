"""The command line: without a command it opens the dashboard."""

from __future__ import annotations

import gc
import os
import sys
from functools import partial
from typing import TYPE_CHECKING

import click

from vespera_tui import garbage
from vespera_tui.commands.exits import USAGE
from vespera_tui.commands.options import common_options, configuration, settings
from vespera_tui.commands.program import Program
from vespera_tui.commands.text import PROGRAM, complain

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from vespera_tui.running import Start

YOUNG_OBJECTS = 50_000
"""New objects between two looks for garbage. Python's 700 make a tenth of the start, which makes
many objects and hardly any garbage."""
ESCAPE_MS = "25"
"""How long esc waits for the rest of a longer key. Textual looks every 100 ms whether that is over:
with its own 100 it is answered at the second look."""
COMMANDS = {
    "import": "vespera_tui.commands.transfer:import_",
    "export": "vespera_tui.commands.transfer:export",
    "watch": "vespera_tui.commands.watch:watch",
    "status": "vespera_tui.commands.show:status",
    "search": "vespera_tui.commands.find:search",
    "similar": "vespera_tui.commands.find:similar",
    "duplicates": "vespera_tui.commands.find:duplicates",
    "ready": "vespera_tui.commands.ready:ready",
    "blocked": "vespera_tui.commands.ready:blocked",
    "claim": "vespera_tui.commands.ready:claim",
    "finish": "vespera_tui.commands.ready:finish",
    "impact": "vespera_tui.commands.graph:impact",
    "blockers": "vespera_tui.commands.graph:blockers",
    "bottlenecks": "vespera_tui.commands.graph:bottlenecks",
    "critical-path": "vespera_tui.commands.graph:critical_path",
    "neighbours": "vespera_tui.commands.graph:neighbours",
    "hierarchy": "vespera_tui.commands.graph:hierarchy",
    "cycles": "vespera_tui.commands.cycles:cycles",
    "trigger": "vespera_tui.commands.steer:trigger",
    "parity": "vespera_tui.commands.parity:parity",
    "rebuild": "vespera_tui.commands.steer:rebuild",
    "optimize": "vespera_tui.commands.optimize:optimize",
    "operations": "vespera_tui.commands.operations:operations",
    "services": "vespera_tui.commands.services:services",
    "alerts": "vespera_tui.commands.alerts:alerts",
    "metrics": "vespera_tui.commands.metrics:metrics",
    "doctor": "vespera_tui.commands.doctor:doctor",
    "config": "vespera_tui.commands.config:config",
    "mcp": "vespera_tui.commands.others:mcp",
    "completion": "vespera_tui.commands.others:completion",
}


def _version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415 - only for this option

        click.echo(f"{PROGRAM} {version('vespera-tui')}")
        context.exit()


@click.command(
    cls=Program,
    lazy=COMMANDS,
    name=PROGRAM,
    invoke_without_command=True,
    params=common_options(),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("--demo", is_flag=True, help="Use the bundled sample project, in its own folder.")
@click.option(
    "--demo-feed", is_flag=True, help="Show made-up activity; needs and changes no stores."
)
@click.option("--read-only", is_flag=True, help="Refuse every key that changes something.")
@click.option("--headless", is_flag=True, help="Run the engine without a screen.")
@click.option("--until-idle", is_flag=True, help="With --headless: end when all work is done.")
@click.option(
    "--http",
    metavar="ADDR",
    help="With --headless: health and metrics for monitors, on HOST:PORT or PORT.",
)
@click.option("--allow-remote", is_flag=True, help="Let --http listen to other machines.")
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Show the version.",
)
@click.pass_context
def cli(
    context: click.Context,
    demo: bool,
    demo_feed: bool,
    read_only: bool,
    headless: bool,
    until_idle: bool,
    http: str | None,
    allow_remote: bool,
) -> int | None:
    """Keep a task graph in SQLite, Chroma and Kuzu in step, and watch it live."""
    if context.invoked_subcommand:
        if demo or demo_feed or read_only or headless or until_idle or http or allow_remote:
            raise click.UsageError(
                "--demo, --demo-feed, --read-only, --headless, --until-idle and --http go without a"
                " command"
            )
        return None
    if not headless:
        _refuse_without_headless({"--until-idle": until_idle, "--http": http is not None})
    if allow_remote and http is None:
        raise click.UsageError("--allow-remote goes with --http")
    if headless and (demo_feed or read_only):
        raise click.UsageError("--demo-feed and --read-only are for the dashboard, not --headless")
    if demo_feed:
        return _run_demo_feed(read_only)
    if headless:
        return _run_headless(demo, until_idle, http, allow_remote)
    return _run(demo, read_only)


def _refuse_without_headless(given: Mapping[str, bool]) -> None:
    for option, is_given in given.items():
        if is_given:
            raise click.UsageError(f"{option} needs --headless")


def _run_headless(demo: bool, until_idle: bool, http: str | None, allow_remote: bool) -> int:
    from vespera_tui.headless import HeadlessOptions, run_headless  # noqa: PLC0415 - start-up
    from vespera_tui.web.address import read_address  # noqa: PLC0415 - as above

    folder = _demo_folder() if demo else None
    options = HeadlessOptions(
        until_idle=until_idle,
        demo_file=_demo_file() if demo else None,
        address=read_address(http, allow_remote=allow_remote) if http is not None else None,
        reload=partial(configuration, data_dir=folder),
    )
    return run_headless(configuration(data_dir=folder), options)


def _run_demo_feed(read_only: bool) -> int:
    if not sys.stdout.isatty():
        return _no_terminal()
    garbage.rest()
    from vespera_tui.running import run_demo_feed  # noqa: PLC0415 - keeps start-up fast

    return run_demo_feed(_start(None, read_only))


def _no_terminal() -> int:
    complain("the dashboard needs a terminal; without one use --headless")
    return USAGE


def _run(demo: bool, read_only: bool) -> int:
    if not sys.stdout.isatty():
        return _no_terminal()
    garbage.rest()
    from vespera_tui.running import run_dashboard  # noqa: PLC0415 - keeps start-up fast

    start = _start(_demo_folder() if demo else None, read_only)
    return run_dashboard(start, demo_file=_demo_file() if demo else None) or 0


def _start(data_dir: Path | None, read_only: bool) -> Start:
    from vespera_tui.first_look import first_look  # noqa: PLC0415 - for the dashboard only
    from vespera_tui.running import Start  # noqa: PLC0415 - as above

    said = settings()
    load = partial(configuration, said, data_dir=data_dir)
    return Start(load, first_look(said.profile, said.config), read_only)


def _demo_folder() -> Path:
    import platformdirs  # noqa: PLC0415 - only for the demonstration

    return platformdirs.user_data_path("vespera-demo", appauthor=False)


def _demo_file() -> Path:
    from engine.exchange.sample import sample_path  # noqa: PLC0415 - only for the demonstration

    return sample_path()


def main() -> None:
    """Run the program and leave with its exit code."""
    gc.set_threshold(YOUNG_OBJECTS)
    os.environ.setdefault("ESCDELAY", ESCAPE_MS)
    cli.main()
