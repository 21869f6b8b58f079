"""What the links say: impact, blockers, bottlenecks, the critical path, and what is around."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from vespera_tui.commands import session
from vespera_tui.commands.exits import FINE
from vespera_tui.commands.ready import LIMIT, PROJECT, TITLE_SHOWN, show_tasks, tell_cut
from vespera_tui.commands.show import JSON
from vespera_tui.commands.tables import count, short, show_table
from vespera_tui.commands.text import note, print_json, say

if TYPE_CHECKING:
    from engine.api import EngineAPI
    from engine.graph_views import Hierarchy, Reach, Reached

HEADING = ("distance", "id", "status", "via", "title")


@click.command()
@click.argument("task")
@LIMIT
@JSON
def impact(task: str, limit: int, as_json: bool) -> int:
    """List everything that waits for TASK, an id, over any number of links."""
    return session.run(partial(_impact, task, limit, as_json))


async def _impact(task: str, limit: int, as_json: bool, engine: EngineAPI) -> int:
    return _show_reach(await engine.impact(task, limit=limit), "nothing waits for it", as_json)


@click.command()
@click.argument("task")
@LIMIT
@JSON
def blockers(task: str, limit: int, as_json: bool) -> int:
    """List everything that TASK, an id, waits for, over any number of links."""
    return session.run(partial(_blockers, task, limit, as_json))


async def _blockers(task: str, limit: int, as_json: bool, engine: EngineAPI) -> int:
    return _show_reach(await engine.blockers(task, limit=limit), "it waits for nothing", as_json)


def _show_reach(reach: Reach, nothing: str, as_json: bool) -> int:
    if as_json:
        print_json(reach)
        return FINE
    if reach.found:
        show_table(HEADING, *map(_row, reach.found))
        say(f"{count(reach.total, 'task')}, {reach.unfinished:,} of them unfinished")
    else:
        note(nothing)
    if reach.in_cycle:
        note("it waits for itself; `vespera-tui cycles` suggests a cut")
    tell_cut(len(reach.found), reach.total, cut=reach.truncated)
    return FINE


def _row(one: Reached) -> tuple[object, ...]:
    title = short(one.task.title, TITLE_SHOWN)
    return one.distance, one.task.id, one.task.status, one.via, title


@click.command()
@LIMIT
@JSON
def bottlenecks(limit: int, as_json: bool) -> int:
    """List the unfinished tasks with the most unfinished ones waiting behind them."""
    return session.run(partial(_bottlenecks, limit, as_json))


async def _bottlenecks(limit: int, as_json: bool, engine: EngineAPI) -> int:
    found = await engine.bottlenecks(limit=limit)
    if as_json:
        print_json(found)
        return FINE
    rows = (
        (one.waiting, one.task.id, one.task.status, "yes" if one.in_cycle else "", one.task.title)
        for one in found.tasks
    )
    if found.tasks:
        show_table(("waiting", "id", "status", "in a cycle", "title"), *rows)
    else:
        note("no unfinished task waits for another")
    tell_cut(len(found.tasks), found.total, cut=found.truncated)
    return FINE


@click.command("critical-path")
@PROJECT
@LIMIT
@JSON
def critical_path(project: str | None, limit: int, as_json: bool) -> int:
    """Show the longest chain of unfinished tasks, in the order of work."""
    return session.run(partial(_critical_path, project, limit, as_json))


async def _critical_path(project: str | None, limit: int, as_json: bool, engine: EngineAPI) -> int:
    found = await engine.critical_path(project=project, limit=limit)
    if as_json:
        print_json(found)
        return FINE
    if found.tasks:
        show_tasks(found.tasks)
        say(f"{count(found.length, 'task')} one after the other")
    else:
        note("there is no unfinished task outside of cycles")
    if found.left_out:
        note(f"{count(found.left_out, 'task')} in cycles left out; see `vespera-tui cycles`")
    tell_cut(len(found.tasks), found.length, cut=found.truncated)
    return FINE


@click.command()
@click.argument("task")
@click.option(
    "--depth",
    type=click.IntRange(1, 5),
    default=1,
    show_default=True,
    metavar="N",
    help="Links away at most.",
)
@LIMIT
@JSON
def neighbours(task: str, depth: int, limit: int, as_json: bool) -> int:
    """Show the tasks around TASK, an id, and the links among them."""
    return session.run(partial(_neighbours, task, depth, limit, as_json))


async def _neighbours(task: str, depth: int, limit: int, as_json: bool, engine: EngineAPI) -> int:
    found = await engine.neighbourhood(task, depth=depth, limit=limit)
    if as_json:
        print_json(found)
        return FINE
    if found.nodes:
        show_table(HEADING, *map(_row, found.nodes))
        for link in found.edges:
            say(f"{link.task_id} -> {link.target_id} ({link.kind})")
    else:
        note("no link leads to it or from it")
    tell_cut(len(found.nodes), found.total, cut=found.truncated)
    return FINE


@click.command()
@click.argument("task")
@LIMIT
@JSON
def hierarchy(task: str, limit: int, as_json: bool) -> int:
    """Show the parents above TASK, an id, and the children below it."""
    return session.run(partial(_hierarchy, task, limit, as_json))


async def _hierarchy(task: str, limit: int, as_json: bool, engine: EngineAPI) -> int:
    found = await engine.hierarchy(task, limit=limit)
    if as_json:
        print_json(found)
    else:
        _show_hierarchy(found)
        tell_cut(len(found.subtree), found.total, cut=found.truncated)
    return FINE


def _show_hierarchy(found: Hierarchy) -> None:
    for one in reversed(found.ancestors):
        say(f"above by {one.distance}: {one.task.id} ({one.task.status}) {one.task.title}")
    say(f"{found.task.id} ({found.task.status}) {found.task.title}")
    for one in found.subtree:
        say(f"{'  ' * one.distance}{one.task.id} ({one.task.status}) {one.task.title}")
    if found.total:
        counts = ", ".join(f"{number:,} {status}" for status, number in found.by_status.items())
        say(f"{count(found.total, 'task')} below: {counts}")
