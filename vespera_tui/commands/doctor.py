"""``doctor``: checks what the program stands on, and says what to do about what it finds."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from vespera_tui.commands import session
from vespera_tui.commands.exits import FAILED, FINE
from vespera_tui.commands.machine import machine_checks
from vespera_tui.commands.model import model_check
from vespera_tui.commands.options import configuration
from vespera_tui.commands.text import print_json, say
from vespera_tui.commands.verdict import Check, ok, problem, warning

if TYPE_CHECKING:
    from engine.service_config import ServiceConfiguration
    from engine.snapshots import EngineStatus, Parity


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(as_json: bool) -> int:
    """Check the machine, the data directory, the model and the stores."""
    config = configuration()
    checks = [*machine_checks(config), model_check(config)]
    sound = all(check.state != "problem" or check.name == "model" for check in checks)
    checks += _store_checks(config) if sound else [_not_looked()]
    if as_json:
        print_json({"checks": checks})
    else:
        for check in checks:
            say(f"{check.state:<8} {check.name:<15} {check.message}")
            if check.advice:
                say(f"{'':<24} -> {check.advice}")
    return FAILED if any(check.state == "problem" for check in checks) else FINE


def _not_looked() -> Check:
    why = "not looked at, because of the problem above"
    return warning("stores", why, "run doctor again afterwards")


def _store_checks(config: ServiceConfiguration) -> list[Check]:
    from engine.errors import VesperaError  # noqa: PLC0415 - beside the engine it belongs to

    try:
        return judge(asyncio.run(_read_status(config)))
    except VesperaError as error:
        return [problem("stores", str(error), "repair what the message names")]


async def _read_status(config: ServiceConfiguration) -> EngineStatus:
    async with session.open_engine(config, services=False) as engine:
        return await engine.status()


def judge(status: EngineStatus) -> list[Check]:
    """What a status says about the stores."""
    parity = status.parity
    return [
        _parity("vectors", parity.vectors, "vectors"),
        _parity("graph nodes", parity.graph.nodes, "graph"),
        _parity("graph edges", parity.graph.edges, "graph"),
        _dangling(status.tasks.dangling),
        *(_failed(name, s.queue.failed) for name, s in status.services.items() if s.queue.failed),
    ]


def _parity(name: str, found: Parity, projection: str) -> Check:
    repair = f"vespera-tui rebuild {projection} --wait"
    if found.error:
        return problem(name, f"not readable: {found.error}", f"repair the folder, or {repair}")
    if found.complete:
        return ok(name, f"{found.current} of {found.expected} current")
    differs = f"{found.missing} missing, {found.stale} stale, {found.orphaned} orphaned"
    return warning(name, differs, "vespera-tui trigger sync --wait")


def _dangling(count: int) -> Check:
    if not count:
        return ok("links", "every link has its target")
    return warning("links", f"{count} dangle", "they connect when the missing tasks are imported")


def _failed(service: str, count: int) -> Check:
    return warning("operations", f"{service}: {count} failed", "see vespera-tui status")
