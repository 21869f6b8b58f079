"""What a person does to operations that do not run: each on ids, on a filter, or on all."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import click

from engine.operations import ServicePriority, Steering
from vespera_tui.commands import session
from vespera_tui.commands.exits import FAILED, FINE
from vespera_tui.commands.matching import PRIORITIES, check_service, count_waiting, selection
from vespera_tui.commands.show import JSON
from vespera_tui.commands.tables import count
from vespera_tui.commands.text import complain, note, print_json, say
from vespera_tui.taking_back import joined_others
from vespera_tui.who import actor

if TYPE_CHECKING:
    from engine.api import EngineAPI
    from engine.operations import OperationFilter


class _Verb(NamedTuple):
    how: Steering
    done: str
    only: str
    """Those that it can be done to."""
    undo: str = ""


CANCEL = _Verb(
    Steering.CANCEL,
    "cancelled",
    "waiting",
    "vespera-tui operations undo-cancel lets them wait as they did",
)
RETRY = _Verb(
    Steering.RETRY,
    "queued again",
    "failed and cancelled",
    "vespera-tui operations undo-retry takes it back until they begin",
)
UNDO_CANCEL = _Verb(Steering.UNDO_CANCEL, "waiting as before", "cancelled")
UNDO_RETRY = _Verb(Steering.UNDO_RETRY, "as before the retry", "retried and not yet begun")
RUN_NOW = _Verb(Steering.RUN_NOW, "due now", "scheduled")
PAUSE = _Verb(Steering.PAUSE, "paused", "waiting", "vespera-tui operations resume lets them go on")
RESUME = _Verb(Steering.RESUME, "resumed", "paused")


@click.command()
@selection
@click.option("--yes", is_flag=True, help="Don't ask.")
@JSON
def cancel(which: OperationFilter, yes: bool, as_json: bool) -> int:
    """End waiting operations; what runs is left alone. More than one is asked about."""
    if not yes:
        meant: list[tuple[int, bool]] = []
        # counted and closed first: a question can take long, and would hold the data directory
        if code := session.run(partial(_count, which, meant)):
            return code
        if not _agreed(*meant[0]):
            note("nothing was cancelled")
            return FINE
    return _steer(CANCEL, which, as_json)


async def _count(which: OperationFilter, meant: list[tuple[int, bool]], engine: EngineAPI) -> int:
    meant.append((len(set(which.ids)), True) if which.ids else await count_waiting(engine, which))
    return FINE


def _agreed(number: int, exact: bool) -> bool:
    """Whether a person wants that many cancelled; one needs no question."""
    if exact and number <= 1:
        return True
    what = f"{count(number)}{'' if exact else ' or more'}"
    if not sys.stdin.isatty():
        raise click.UsageError(f"to cancel {what} without a terminal to ask on, add --yes")
    return click.confirm(f"Cancel {what}?", err=True)


@click.command()
@selection
@JSON
def retry(which: OperationFilter, as_json: bool) -> int:
    """Queue failed and cancelled operations again, with fresh attempts."""
    return _steer(RETRY, which, as_json)


@click.command("undo-cancel")
@selection
@JSON
def undo_cancel(which: OperationFilter, as_json: bool) -> int:
    """Let cancelled operations wait as they did, unless equal ones wait."""
    return _steer(UNDO_CANCEL, which, as_json)


@click.command("undo-retry")
@selection
@JSON
def undo_retry(which: OperationFilter, as_json: bool) -> int:
    """Let retried operations be failed or cancelled as before, unless they began."""
    return _steer(UNDO_RETRY, which, as_json)


@click.command("run-now")
@selection
@JSON
def run_now(which: OperationFilter, as_json: bool) -> int:
    """Make scheduled operations due at once, paused ones among them."""
    return _steer(RUN_NOW, which, as_json)


@click.command()
@selection
@JSON
def pause(which: OperationFilter, as_json: bool) -> int:
    """Hold waiting operations back until they are resumed."""
    return _steer(PAUSE, which, as_json)


@click.command()
@selection
@JSON
def resume(which: OperationFilter, as_json: bool) -> int:
    """Let paused operations go on."""
    return _steer(RESUME, which, as_json)


@click.command()
@click.argument("priority", type=click.Choice(PRIORITIES))
@selection
@JSON
def prioritize(which: OperationFilter, priority: str, as_json: bool) -> int:
    """Give waiting operations another PRIORITY."""
    verb = _Verb(Steering.PRIORITIZE, f"given priority {priority}", "waiting")
    return _steer(verb, which, as_json, ServicePriority[priority.upper()])


def _steer(
    verb: _Verb, which: OperationFilter, as_json: bool, priority: ServicePriority | None = None
) -> int:
    return session.run(partial(_do, verb, which, as_json, priority))


async def _do(
    verb: _Verb,
    which: OperationFilter,
    as_json: bool,
    priority: ServicePriority | None,
    engine: EngineAPI,
) -> int:
    ids = await engine.steer_operations(verb.how, which, priority=priority, actor=actor())
    touched, joined = len(ids), await joined_others(engine, verb.how, ids)
    if not touched:
        await check_service(engine, which.service)
    if as_json:
        print_json({"touched": touched})
    else:
        kept = f", {joined:,} kept as cancelled: an equal one waits" if joined else ""
        say(f"{count(touched - joined)} {verb.done}{kept}")
    if touched and verb.undo:
        note(verb.undo)
    if which.ids and not touched:
        complain(f"none of those: only {verb.only} operations can be {verb.done}")
        return FAILED
    return FINE


COMMANDS = (cancel, undo_cancel, retry, undo_retry, run_now, pause, resume, prioritize)
