"""``operations``: what is queued, runs and ended, and what a person does to it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from engine.operations import OperationFilter
from vespera_tui.commands import session, steering
from vespera_tui.commands.exits import FAILED, FINE
from vespera_tui.commands.matching import (
    KEY,
    KIND,
    LOOKED_AT,
    NUMBER,
    SERVICE,
    STATE,
    check_service,
    find,
)
from vespera_tui.commands.show import JSON
from vespera_tui.commands.tables import moment, short, show_table
from vespera_tui.commands.text import complain, note, print_json, say

if TYPE_CHECKING:
    from engine.api import EngineAPI
    from engine.snapshots import OperationView

HEADING = ("id", "state", "priority", "service", "kind", "key", "failed", "time", "detail")
KEY_SHOWN, DETAIL_SHOWN = 30, 80
"""Characters of a text in the list; ``show`` has all of it."""


@click.group()
def operations() -> None:
    """List, show and steer operations."""


for _command in steering.COMMANDS:
    operations.add_command(_command)


@operations.command("list")
@SERVICE
@STATE
@KIND
@KEY
@click.option(
    "-n",
    "--limit",
    type=click.IntRange(1, LOOKED_AT),
    default=100,
    show_default=True,
    metavar="N",
    help="At most this many.",
)
@JSON
def list_(
    service: str | None,
    state: str | None,
    kind: str | None,
    key: str | None,
    limit: int,
    as_json: bool,
) -> int:
    """List operations: running first, then waiting, then the newest finished."""
    which = OperationFilter(service=service, state=state, kind=kind, key=key)
    return session.run(partial(_list, which, limit, as_json))


async def _list(which: OperationFilter, limit: int, as_json: bool, engine: EngineAPI) -> int:
    found, complete = await find(engine, which, limit)
    if not found:
        await check_service(engine, which.service)
    if as_json:
        print_json(found)
    elif found:
        show_table(HEADING, *map(_row, found))
    else:
        note("no operation matches")
    if not complete:
        note(f"only the first {LOOKED_AT:,} were looked at; narrow it with --service or --state")
    return FINE


def _row(view: OperationView) -> tuple[object, ...]:
    return (
        view.id,
        view.state,
        view.priority.name.lower(),
        view.service,
        view.kind,
        short(view.key or "", KEY_SHOWN),
        f"{view.attempts}/{view.max_attempts}",
        moment(view.finished_at or view.claimed_at or view.run_at),
        short(view.detail, DETAIL_SHOWN),
    )


@operations.command("show")
@click.argument("number", metavar="ID", type=NUMBER)
@JSON
def show_(number: int, as_json: bool) -> int:
    """Show one operation, with the errors of its attempts."""
    return session.run(partial(_show, number, as_json))


async def _show(number: int, as_json: bool, engine: EngineAPI) -> int:
    found = await engine.get_operation(number)
    if found is None:
        complain(f"no operation has the id {number}")
        return FAILED
    if as_json:
        print_json(found)
    else:
        _show_operation(found)
    return FINE


def _show_operation(view: OperationView) -> None:
    say(f"operation  {view.id}, {view.state}, priority {view.priority.name.lower()}")
    say(f"work       {view.service} {view.kind} {view.key or ''}".rstrip())
    times = {
        "created": view.created_at,
        "due": view.run_at if view.finished_at is None else None,
        "claimed": view.claimed_at,
        "finished": view.finished_at,
        "deadline": view.deadline,
    }
    for name, at in times.items():
        if at is not None:
            say(f"{name:<10} {moment(at)}")
    texts = {"origin": view.origin, "detail": view.detail, "payload": view.payload}
    for name, text in texts.items():
        if text:
            say(f"{name:<10} {text}")
    say(f"failed     {view.attempts} of {view.max_attempts} attempts")
    for attempt in view.history:
        say(f"{moment(attempt.get('at'))}  {attempt.get('error', '')}")
        for line in str(attempt.get("traceback", "")).splitlines():
            say(f"    {line}")
