"""``alerts``: what a person should know, what was known, and taking note of it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import click

from vespera_tui.commands import session
from vespera_tui.commands.exits import FAILED, FINE
from vespera_tui.commands.show import JSON
from vespera_tui.commands.tables import moment, show_table
from vespera_tui.commands.text import complain, note, print_json, say
from vespera_tui.who import actor

if TYPE_CHECKING:
    from engine.api import EngineAPI
    from engine.snapshots import Alert

MOST = 10_000
"""More than the engine keeps."""


@click.group()
def alerts() -> None:
    """List and acknowledge alerts."""


@alerts.command("list")
@JSON
def list_(as_json: bool) -> int:
    """Show the alerts that are alive."""
    return session.run(partial(_list, as_json))


async def _list(as_json: bool, engine: EngineAPI) -> int:
    found = await _alive(engine)
    if as_json:
        print_json(found)
    elif found:
        rows = ((a.severity, a.id, moment(a.since), a.acknowledged_by, a.message) for a in found)
        show_table(("severity", "id", "since", "acknowledged", "message"), *rows)
    else:
        note("no alert is alive")
    return FINE


async def _alive(engine: EngineAPI) -> list[Alert]:
    """Those that the engine keeps, and those found only now; critical ones first."""
    kept = {a.id: a for a in await engine.alert_history(MOST) if a.resolved_at is None}
    seen = {a.id: a for a in (await engine.status()).alerts}
    for name, alert in kept.items():
        now = seen.get(name, alert)
        seen[name] = replace(alert, severity=now.severity, message=now.message)
    return sorted(seen.values(), key=lambda a: (a.severity != "critical", a.since, a.id))


@alerts.command()
@click.option(
    "-n",
    "--limit",
    type=click.IntRange(1, MOST),
    default=100,
    show_default=True,
    metavar="N",
    help="At most this many.",
)
@JSON
def history(limit: int, as_json: bool) -> int:
    """Show alerts alive and resolved, the latest raised first."""
    return session.run(partial(_history, limit, as_json))


async def _history(limit: int, as_json: bool, engine: EngineAPI) -> int:
    found = await engine.alert_history(limit)
    if as_json:
        print_json(found)
    elif found:
        rows = (
            (moment(a.since), moment(a.resolved_at), a.severity, a.id, a.acknowledged_by, a.message)
            for a in found
        )
        heading = ("raised", "resolved", "severity", "id", "acknowledged", "message")
        show_table(heading, *rows)
    else:
        note("no alert was ever raised")
    return FINE


@alerts.command()
@click.argument("name", metavar="ID")
@click.option("--undo", is_flag=True, help="Say that nobody took note of it.")
def acknowledge(name: str, undo: bool) -> int:
    """Say that you took note of the alert ID; it stays until its cause is gone."""
    return session.run(partial(_acknowledge, name, undo))


async def _acknowledge(name: str, undo: bool, engine: EngineAPI) -> int:
    if await engine.acknowledge_alert(name, taken_back=undo, actor=actor()):
        say(f"{name} acknowledged{' no more' if undo else ''}")
        return FINE
    if any(alert.id == name for alert in await _alive(engine)):
        complain(f"{name} was found only now; it is raised when the services run")
    else:
        complain(f"no alert alive has the id {name!r}; see vespera-tui alerts list")
    return FAILED
