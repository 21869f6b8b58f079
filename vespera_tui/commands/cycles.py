"""``cycles``: which there are and were, cutting them, and taking a cut back."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

import click

from vespera_tui.commands import session
from vespera_tui.commands.cycle_draw import draw
from vespera_tui.commands.exits import FAILED, FINE
from vespera_tui.commands.show import JSON
from vespera_tui.commands.tables import count, moment, show_table
from vespera_tui.commands.text import complain, note, print_json, say
from vespera_tui.who import actor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.api import EngineAPI
    from engine.cycle_views import CutRecord, CycleComponent, CycleReport

    Edge = tuple[str, str, str]

NUMBER = click.IntRange(1)
CUT_HEADING = ("cut", "at", "by", "undone", "by", "cycle", "links")
TASKS_SHOWN = 20
"""Tasks of a cycle that are named in the list; ``--json`` has all."""


@click.group(invoke_without_command=True)
@JSON
@click.pass_context
def cycles(context: click.Context, as_json: bool) -> int | None:
    """Check all dependencies for cycles, now; with a command, cut them and see what was."""
    if context.invoked_subcommand:
        return None
    return session.run(partial(_cycles, as_json))


async def _cycles(as_json: bool, engine: EngineAPI) -> int:
    report = await engine.cycles()
    if as_json:
        print_json(report)
    else:
        _show(report)
    return FINE


def _show(report: CycleReport) -> None:
    say(f"{len(report.components)} cycles among {report.edges_checked} links that order tasks")
    for component in report.components:
        say(_heading(component))
        for cut in component.cuts or (component.suggested_cut,):
            say(f"  cut {cut.from_} -> {cut.to} ({cut.kind}): {cut.reason}")
    if report.components:
        note("`vespera-tui cycles cut ID` removes the links shown, `cycles undo` puts them back")
    if report.bounded:
        note("explanations were cut short by the limits of cycle_detection; detection was not")


def _heading(component: CycleComponent) -> str:
    known = count(component.cycles, "cycle")
    ways = known if component.cycles_complete else f"at least {known}"
    since = f", since {moment(component.born_at)}" if component.born_at else ""
    name = f"{component.id}: " if component.id else ""
    return f"{name}{count(len(component.tasks), 'task')}, {ways}{since}: {_path(component.cycle)}"


def _path(cycle: Sequence[str]) -> str:
    if len(cycle) <= TASKS_SHOWN:
        return " -> ".join((*cycle, *cycle[:1]))
    return " -> ".join(cycle[:TASKS_SHOWN]) + f" -> ... ({len(cycle) - TASKS_SHOWN:,} more)"


cycles.add_command(draw)


@cycles.command("cut")
@click.argument("number", metavar="ID", type=NUMBER)
@click.option("--yes", is_flag=True, help="Don't ask.")
@JSON
def cut_(number: int, yes: bool, as_json: bool) -> int:
    """Remove the links suggested for the cycle ID, after showing them."""
    shown: list[Edge] = []
    if not yes:
        # shown and closed first: a question can take long, and would hold the data directory
        if code := session.run(partial(_preview, number, shown)):
            return code
        if not sys.stdin.isatty():
            raise click.UsageError("to remove links without a terminal to ask on, add --yes")
        if not click.confirm("Remove?", err=True):
            note("nothing was removed")
            return FINE
    return session.run(partial(_cut, number, shown, as_json))


async def _preview(number: int, shown: list[Edge], engine: EngineAPI) -> int:
    report = await engine.cycles()
    for component in report.components:
        if component.id == number:
            for cut in component.cuts:
                note(f"{cut.from_} -> {cut.to} ({cut.kind}): {cut.reason}")
                shown.append((cut.from_, cut.to, cut.kind))
            return FINE
    complain(f"no cycle alive has the id {number}; see vespera-tui cycles")
    return FAILED


async def _cut(number: int, shown: Sequence[Edge], as_json: bool, engine: EngineAPI) -> int:
    done = await engine.apply_cut(number, edges=shown, actor=actor())
    left = await engine.cycles()
    if as_json:
        print_json(done)
    else:
        _say_links("removed", done)
        note(f"{count(len(left.components), 'cycle')} left; vespera-tui cycles undo {done.id}")
    return FINE


@cycles.command()
@click.argument("number", metavar="ID", type=NUMBER)
@JSON
def undo(number: int, as_json: bool) -> int:
    """Put back the links of the cut ID, as they were."""
    return session.run(partial(_undo, number, as_json))


async def _undo(number: int, as_json: bool, engine: EngineAPI) -> int:
    done = await engine.undo_cut(number, actor=actor())
    if as_json:
        print_json(done)
    else:
        _say_links("restored", done)
    return FINE


def _say_links(what: str, done: CutRecord) -> None:
    for waiter, waited_for, kind in done.links:
        say(f"{what} {waiter} -> {waited_for} ({kind})")


@cycles.command()
@click.option(
    "-n",
    "--limit",
    type=click.IntRange(1, 10_000),
    default=100,
    show_default=True,
    metavar="N",
    help="At most this many of each.",
)
@JSON
def history(limit: int, as_json: bool) -> int:
    """Show cycles alive and resolved, and what was cut, the latest first."""
    return session.run(partial(_history, limit, as_json))


async def _history(limit: int, as_json: bool, engine: EngineAPI) -> int:
    found, cuts = await engine.cycle_history(limit), await engine.cycle_cuts(limit)
    if as_json:
        print_json({"cycles": found, "cuts": cuts})
        return FINE
    if found:
        heading = ("id", "born", "changed", "resolved", "tasks", "cycle")
        rows = (
            (c.id, moment(c.born_at), moment(c.changed_at), moment(c.resolved_at), len(c.tasks))
            for c in found
        )
        paths = (_path(c.cycle) for c in found)
        show_table(heading, *((*row, path) for row, path in zip(rows, paths, strict=True)))
    else:
        note("no cycle was ever found")
    if cuts:
        say("")
        show_table(CUT_HEADING, *map(_cut_row, cuts))
    return FINE


def _cut_row(cut: CutRecord) -> tuple[object, ...]:
    links = ", ".join(
        f"{waiter} -> {waited_for} ({kind})" for waiter, waited_for, kind in cut.links
    )
    undone = moment(cut.undone_at)
    return (cut.id, moment(cut.at), cut.actor, undone, cut.undone_by, cut.component or "", links)
