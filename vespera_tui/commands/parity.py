"""``parity``: how far the stores are in step, by name, and mending what is not."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from vespera_tui.commands import session
from vespera_tui.commands.exits import FAILED, FINE, NOT_IDLE
from vespera_tui.commands.show import JSON, parity_line
from vespera_tui.commands.tables import count
from vespera_tui.commands.text import note, print_json, say
from vespera_tui.commands.waiting import wait_until_idle
from vespera_tui.who import actor

if TYPE_CHECKING:
    from engine.api import EngineAPI
    from engine.snapshots import StoreParity


@click.command()
@click.option("--repair", is_flag=True, help="Mend what is wrong, and wait until that is done.")
@JSON
def parity(repair: bool, as_json: bool) -> int:
    """Compare the stores with the tasks, and name what is missing, stale or orphaned."""
    return session.run(partial(_parity, repair, as_json), services=repair)


async def _parity(repair: bool, as_json: bool, engine: EngineAPI) -> int:
    if repair:
        queued = await engine.repair_parity(actor=actor())
        note(f"{count(queued)} queued")
        await wait_until_idle(engine)
    found = (await engine.status()).parity
    if as_json:
        print_json(found)
    else:
        _show(found)
    return _code(found)


def _show(parity: StoreParity) -> None:
    parts = {"vectors": parity.vectors, "nodes": parity.graph.nodes, "edges": parity.graph.edges}
    for name, part in parts.items():
        say(f"{name:<10} {parity_line(part)}")
        for example in part.examples:
            say(f"  {example}")
        wrong = part.missing + part.stale + part.orphaned
        if wrong > len(part.examples):
            say(f"  and {wrong - len(part.examples):,} more")


def _code(parity: StoreParity) -> int:
    if parity.complete:
        return FINE
    parts = (parity.vectors, parity.graph.nodes, parity.graph.edges)
    return NOT_IDLE if any(part.error for part in parts) else FAILED
