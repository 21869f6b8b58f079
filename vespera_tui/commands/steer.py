"""``trigger`` and ``rebuild``: work asked for by hand."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from engine.operations import ServicePriority, ServiceType
from vespera_tui.commands import session
from vespera_tui.commands.exits import FAILED, FINE
from vespera_tui.commands.text import complain, say
from vespera_tui.commands.waiting import wait_until_idle

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.api import EngineAPI

WAIT = click.option("--wait", is_flag=True, help="Do it now, and wait until it is done.")
BY_HAND = "manual_trigger"


@click.group()
def trigger() -> None:
    """Queue work of a service by hand."""


@trigger.command()
@click.argument("task")
@WAIT
def embed(task: str, wait: bool) -> int:
    """Embed TASK again, even if its text did not change."""
    return _queue(ServiceType.AUTO_EMBEDDING, "embed_task", task, wait, {"force": True})


@trigger.command("cycles")
@WAIT
def trigger_cycles(wait: bool) -> int:
    """Check all dependencies for cycles."""
    return _queue(ServiceType.CYCLE_DETECTION, "full_cycle_check", BY_HAND, wait)


@trigger.command()
@WAIT
def sync(wait: bool) -> int:
    """Compare the stores with the truth and repair what differs."""
    return _queue(ServiceType.INCREMENTAL_SYNC, "batch_sync", BY_HAND, wait)


@trigger.command()
@WAIT
def optimize(wait: bool) -> int:
    """Optimise all three stores."""
    return _queue(ServiceType.INDEX_OPTIMIZATION, "optimize_indices", BY_HAND, wait)


def _queue(
    service: ServiceType,
    kind: str,
    target: str,
    wait: bool,
    payload: Mapping[str, object] | None = None,
) -> int:
    work = partial(_schedule, service, kind, target, wait, payload or {})
    return session.run(work, services=wait)


async def _schedule(
    service: ServiceType,
    kind: str,
    target: str,
    wait: bool,
    payload: Mapping[str, object],
    engine: EngineAPI,
) -> int:
    if target != BY_HAND:
        await engine.get_task(target)
    number = await engine.schedule_operation(
        service,
        kind,
        target,
        priority=ServicePriority.HIGH,
        payload=payload,
        actor=session.actor(),
    )
    say(f"operation {number} queued: {service} {kind} {target}")
    return await _wait_for(engine, number) if wait else FINE


async def _wait_for(engine: EngineAPI, number: int) -> int:
    code = await wait_until_idle(engine)
    found = await engine.get_operation(number)
    if found is None:
        complain(f"operation {number} is no longer in the history")
        return code or FAILED
    say(f"operation {number} {found.state}{': ' if found.detail else ''}{found.detail}")
    return code or (FINE if found.state == "completed" else FAILED)


@click.command()
@click.argument("projection", type=click.Choice(["vectors", "graph"]))
@WAIT
def rebuild(projection: str, wait: bool) -> int:
    """Throw the vectors or the graph away and build them from the tasks."""
    return session.run(partial(_rebuild, projection, wait), services=wait)


async def _rebuild(projection: str, wait: bool, engine: EngineAPI) -> int:
    count = await engine.rebuild(projection, actor=session.actor())
    say(f"{projection}: {count} operations queued")
    return await wait_until_idle(engine) if wait else FINE
