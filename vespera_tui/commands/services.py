"""``services``: their state, and pausing them."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

import click

from vespera_tui.commands import session
from vespera_tui.commands.exits import FAILED, FINE
from vespera_tui.commands.matching import built_in_services
from vespera_tui.commands.metrics import HOUR, measure
from vespera_tui.commands.show import JSON
from vespera_tui.commands.tables import count, show_table, span
from vespera_tui.commands.text import complain, note, print_json, say
from vespera_tui.commands.times import EXAMPLES, seconds_option
from vespera_tui.who import actor

if TYPE_CHECKING:
    from engine.api import EngineAPI
    from engine.snapshots import ServiceSnapshot
    from vespera_tui.commands.metrics import Measured

NAME = click.argument("name", shell_complete=built_in_services)
HEADING = (
    *("service", "state", "waiting", "paused", "failed", "overdue"),
    *("rate", "p50", "p95", "errors", "reason"),
)


@click.group()
def services() -> None:
    """List, pause and resume the services."""


@services.command("list")
@JSON
def list_(as_json: bool) -> int:
    """Show each service's state and queue, and what it did in the last hour."""
    return session.run(partial(_list, as_json))


async def _list(as_json: bool, engine: EngineAPI) -> int:
    found = (await engine.status(parity=False)).services
    hours = {name: await measure(engine, name, HOUR) for name in found}
    if as_json:
        print_json([{**asdict(found[name]), "last_hour": hours[name]} for name in found])
        return FINE
    show_table(HEADING, *(_row(found[name], hours[name]) for name in found))
    return FINE


def _row(service: ServiceSnapshot, hour: Measured) -> tuple[object, ...]:
    queue = service.queue
    return (
        service.name,
        service.status,
        f"{queue.scheduled + queue.available:,}",
        f"{queue.parked:,}",
        f"{queue.failed:,}",
        f"{queue.overdue:,}",
        f"{hour.rate_per_second:.2f}/s",
        span(hour.p50_seconds),
        span(hour.p95_seconds),
        f"{hour.failed + hour.retried:,}",
        service.reason,
    )


@services.command()
@NAME
def pause(name: str) -> int:
    """Hand out no work of NAME until it is resumed, restarts included."""
    return session.run(partial(_pause, name))


async def _pause(name: str, engine: EngineAPI) -> int:
    waiting = await engine.pause_service(name, actor=actor())
    say(f"{name} paused, {count(waiting)} waiting")
    note(f"vespera-tui services resume {name} lets it go on")
    return FINE


@services.command()
@NAME
def resume(name: str) -> int:
    """Hand out work of NAME again."""
    return session.run(partial(_resume, name))


async def _resume(name: str, engine: EngineAPI) -> int:
    waiting = await engine.resume_service(name, actor=actor())
    say(f"{name} resumed, {count(waiting)} waiting")
    return FINE


@services.command()
@NAME
@seconds_option(
    "--seconds",
    default="60",
    show_default=True,
    metavar="N",
    help=f"Wait at most so long: {EXAMPLES}.",
)
def drain(name: str, seconds: float) -> int:
    """Pause NAME and wait until nothing of it runs."""
    return session.run(partial(_drain, name, seconds))


async def _drain(name: str, seconds: float, engine: EngineAPI) -> int:
    running = await engine.drain_service(name, seconds=seconds, actor=actor())
    if running:
        complain(f"{count(running)} of {name} still run after {span(seconds)}")
        return FAILED
    say(f"{name} paused, nothing of it runs")
    note(f"vespera-tui services resume {name} lets it go on")
    return FINE
