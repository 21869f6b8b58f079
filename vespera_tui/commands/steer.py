"""``trigger`` and ``rebuild``: work asked for by hand."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, TypedDict

import click

from engine.operations import ServicePriority, ServiceType
from vespera_tui.commands import session
from vespera_tui.commands.exits import FAILED, FINE
from vespera_tui.commands.matching import PRIORITIES
from vespera_tui.commands.text import complain, say
from vespera_tui.commands.times import EXAMPLES, moment_option, seconds_option
from vespera_tui.commands.waiting import wait_until_idle
from vespera_tui.who import actor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Unpack

    from engine.api import EngineAPI

    Command = Callable[..., int]

WAIT = click.option("--wait", is_flag=True, help="Do it now, and wait until it is done.")
BY_HAND = "manual_trigger"


class When(TypedDict):
    """How urgent the work is, and whether to wait for it."""

    wait: bool
    priority: str
    delay: float
    """Seconds."""
    deadline: float
    """Unix seconds."""


def timed(command: Command) -> Command:
    """Gives ``command`` the options of :class:`When`."""
    priority = click.option(
        "--priority",
        type=click.Choice(PRIORITIES),
        default="high",
        show_default=True,
        help="How urgent it is.",
    )
    delay = seconds_option(
        "--delay", default="0", metavar="SECONDS", help=f"Not before so long: {EXAMPLES}."
    )
    deadline = moment_option(
        "--deadline",
        metavar="WHEN",
        help=f"Best done by: {EXAMPLES} from now, or an ISO time.",
    )
    return WAIT(priority(delay(deadline(command))))


@click.group()
def trigger() -> None:
    """Queue work of a service by hand."""


@trigger.command()
@click.argument("task")
@timed
def embed(task: str, **when: Unpack[When]) -> int:
    """Embed TASK again, even if its text did not change."""
    return _queue(ServiceType.AUTO_EMBEDDING, "embed_task", task, when, {"force": True})


@trigger.command("cycles")
@timed
def trigger_cycles(**when: Unpack[When]) -> int:
    """Check all dependencies for cycles."""
    return _queue(ServiceType.CYCLE_DETECTION, "full_cycle_check", BY_HAND, when)


@trigger.command()
@timed
def sync(**when: Unpack[When]) -> int:
    """Compare the stores with the truth and repair what differs."""
    return _queue(ServiceType.INCREMENTAL_SYNC, "batch_sync", BY_HAND, when)


@trigger.command()
@timed
def optimize(**when: Unpack[When]) -> int:
    """Optimise all three stores."""
    return _queue(ServiceType.INDEX_OPTIMIZATION, "optimize_indices", BY_HAND, when)


def _queue(
    service: ServiceType,
    kind: str,
    target: str,
    when: When,
    payload: Mapping[str, object] | None = None,
) -> int:
    if time.time() + when["delay"] >= when["deadline"]:
        raise click.UsageError("--deadline is before the --delay is over")
    work = partial(_schedule, service, kind, target, when, payload or {})
    return session.run(work, services=when["wait"])


async def _schedule(
    service: ServiceType,
    kind: str,
    target: str,
    when: When,
    payload: Mapping[str, object],
    engine: EngineAPI,
) -> int:
    if target != BY_HAND:
        await engine.get_task(target)
    number = await engine.schedule_operation(
        service,
        kind,
        target,
        priority=ServicePriority[when["priority"].upper()],
        delay=when["delay"],
        deadline=when["deadline"],
        payload=payload,
        actor=actor(),
    )
    say(f"operation {number} queued: {service} {kind} {target}")
    return await _wait_for(engine, number) if when["wait"] else FINE


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
    count = await engine.rebuild(projection, actor=actor())
    say(f"{projection}: {count} operations queued")
    return await wait_until_idle(engine) if wait else FINE
