"""``ready``, ``blocked``, ``claim`` and ``finish``: who can work on what."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from engine.tasks import FINISHED
from vespera_tui import who
from vespera_tui.commands import session
from vespera_tui.commands.exits import FINE
from vespera_tui.commands.show import JSON
from vespera_tui.commands.tables import count, short, show_table
from vespera_tui.commands.text import note, print_json, say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.api import EngineAPI
    from engine.graph_views import BlockedTask, TaskBrief

HEADING = ("id", "priority", "status", "project", "assignee", "title")
TITLE_SHOWN = 80
LIMIT = click.option(
    "-n",
    "--limit",
    type=click.IntRange(1, 100_000),
    default=100,
    show_default=True,
    metavar="N",
    help="At most this many.",
)
PROJECT = click.option("--project", help="Only tasks of this project.")
ASSIGNEE = click.option("--assignee", help='Only tasks of this person or agent; "" is nobody.')
ACTOR = click.option("--actor", metavar="NAME", help="Who asks; left out, the user's name.")


def row(task: TaskBrief) -> tuple[object, ...]:
    """A line of a table, under HEADING."""
    title = short(task.title, TITLE_SHOWN)
    return task.id, task.priority, task.status, task.project, task.assignee, title


def show_tasks(tasks: Iterable[TaskBrief]) -> None:
    """A table of tasks."""
    show_table(HEADING, *map(row, tasks))


def tell_cut(shown: int, total: int, *, cut: bool) -> None:
    """Say that a list is not complete, if it is not."""
    if cut:
        note(f"{shown:,} of {total:,} shown; --limit shows more")


@click.command()
@LIMIT
@PROJECT
@ASSIGNEE
@JSON
def ready(limit: int, project: str | None, assignee: str | None, as_json: bool) -> int:
    """List the tasks that can be started now, the most urgent first."""
    return session.run(partial(_ready, limit, project, assignee, as_json))


async def _ready(
    limit: int, project: str | None, assignee: str | None, as_json: bool, engine: EngineAPI
) -> int:
    found = await engine.ready(limit=limit, project=project, assignee=assignee)
    if as_json:
        print_json(found)
        return FINE
    if found.tasks:
        show_tasks(found.tasks)
    else:
        note("no task is ready; `vespera-tui blocked` says what keeps the others")
    tell_cut(len(found.tasks), found.total, cut=found.truncated)
    return FINE


@click.command()
@LIMIT
@PROJECT
@ASSIGNEE
@JSON
def blocked(limit: int, project: str | None, assignee: str | None, as_json: bool) -> int:
    """List the open tasks that can't be started, each with what keeps it."""
    return session.run(partial(_blocked, limit, project, assignee, as_json))


async def _blocked(
    limit: int, project: str | None, assignee: str | None, as_json: bool, engine: EngineAPI
) -> int:
    found = await engine.blocked(limit=limit, project=project, assignee=assignee)
    if as_json:
        print_json(found)
        return FINE
    for one in found.tasks:
        say(f"{one.task.id:<12} {one.task.title}")
        for line in _reasons(one):
            say(f"  {line}")
    if not found.tasks:
        note("no task is blocked")
    tell_cut(len(found.tasks), found.total, cut=found.truncated)
    return FINE


def _reasons(blocked: BlockedTask) -> Iterable[str]:
    for one in blocked.waits_for:
        what = "child" if one.kind == "parent-child" else "waits for"
        yield f"{what} {one.id} ({one.status}): {one.title}"
    if blocked.waits_for_total > len(blocked.waits_for):
        yield f"and {blocked.waits_for_total - len(blocked.waits_for):,} more"
    if blocked.in_cycle:
        yield "in a cycle; `vespera-tui cycles` suggests a cut"
    elif not blocked.waits_for:
        yield "set to blocked by hand"


@click.command()
@click.argument("task", required=False)
@PROJECT
@ACTOR
@JSON
def claim(task: str | None, project: str | None, actor: str | None, as_json: bool) -> int:
    """Take TASK, an id, or the best that is ready: it is yours and in progress."""
    if task and project is not None:
        raise click.UsageError("--project goes without a TASK")
    return session.run(partial(_claim, task, project, actor or who.actor(), as_json))


async def _claim(
    task: str | None, project: str | None, actor: str, as_json: bool, engine: EngineAPI
) -> int:
    found = await engine.claim_task(task, project=project, actor=actor)
    if as_json:
        print_json(found)
    else:
        say(f"{found.id} is in progress, by {found.assignee}: {found.title}")
    return FINE


@click.command()
@click.argument("task")
@click.option(
    "--status",
    type=click.Choice(sorted(FINISHED)),
    default="closed",
    show_default=True,
    help="What it is from now on.",
)
@ACTOR
@JSON
def finish(task: str, status: str, actor: str | None, as_json: bool) -> int:
    """Close TASK, an id, and list what became ready by that."""
    return session.run(partial(_finish, task, status, actor or who.actor(), as_json))


async def _finish(task: str, status: str, actor: str, as_json: bool, engine: EngineAPI) -> int:
    done = await engine.finish_task(task, status=status, actor=actor)
    if as_json:
        print_json(done)
        return FINE
    say(f"{done.task.id} is {done.task.status}: {done.task.title}")
    if done.became_ready:
        say(f"{count(len(done.became_ready), 'task')} became ready:")
        show_tasks(done.became_ready)
    return FINE
