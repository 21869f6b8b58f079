"""``status``: what there is, for people and for programs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from vespera_tui.commands import session
from vespera_tui.commands.exits import FINE
from vespera_tui.commands.tables import moment
from vespera_tui.commands.text import print_json, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.api import EngineAPI
    from engine.snapshots import EngineStatus, Parity, ServiceSnapshot

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.command()
@JSON
def status(as_json: bool) -> int:
    """Show services, tasks, and how far the stores are in step."""
    return session.run(partial(_status, as_json))


async def _status(as_json: bool, engine: EngineAPI) -> int:
    found = await engine.status()
    if as_json:
        print_json(found)
    else:
        _show_status(found)
    return FINE


def _show_status(status: EngineStatus) -> None:
    engine = status.engine
    say(f"engine     {engine.state}, profile {engine.profile}, version {engine.version}")
    if engine.mode:
        say(f"owner      process {engine.pid}, {engine.mode}, {engine.fronts} attached")
    say(f"data       {engine.data_dir}")
    for service in status.services.values():
        say(_service_line(service))
    say(f"tasks      {status.tasks.total} ({_counts(status.tasks.by_status)})")
    say(f"links      {_counts(status.tasks.links)}; {status.tasks.dangling} dangling")
    say(f"vectors    {parity_line(status.parity.vectors)}")
    if status.parity.searched_model:
        say(f"           until all are there, those of {status.parity.searched_model} are searched")
    say(f"nodes      {parity_line(status.parity.graph.nodes)}")
    say(f"edges      {parity_line(status.parity.graph.edges)}")
    say(f"cycles     {status.cycles.components} with {status.cycles.tasks} tasks in them")
    for run in status.optimizations:
        say(f"optimised  {run.store}, {moment(run.at)}: {run.result}")
    for alert in status.alerts:
        say(f"{alert.severity:<10} {alert.message}")


def _service_line(service: ServiceSnapshot) -> str:
    queue = service.queue
    waiting = queue.scheduled + queue.available
    state = service.status if service.enabled else "disabled"
    reason = f" ({service.reason})" if service.reason else ""
    return (
        f"service    {service.name:<19} {state}{reason}, {waiting} waiting, "
        f"{queue.running} running, {queue.failed} failed"
    )


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count) or "none"


def parity_line(parity: Parity) -> str:
    """The numbers of a projection, or why there are none."""
    if parity.error:
        return f"not readable: {parity.error}"
    return (
        f"{parity.current} of {parity.expected} current, {parity.missing} missing, "
        f"{parity.stale} stale, {parity.orphaned} orphaned"
    )
