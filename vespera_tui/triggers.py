"""The menus: what can be run now, and the profiles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.operation_views import OperationsQuery
from engine.operations import OperationFilter, OperationState, ServicePriority, ServiceType
from vespera_tui.console import ACTOR, engine_of
from vespera_tui.taking_back import undo_schedule
from vespera_tui.undo import Undo
from widgets.models import Choice
from widgets.words import counted

if TYPE_CHECKING:
    from engine.api import EngineAPI
    from vespera_tui.console import Console


@dataclass(frozen=True, slots=True)
class Trigger:
    """One line of the trigger menu; ``service`` is empty for the rebuilding of ``kind``."""

    id: str
    title: str
    help: str
    service: str
    kind: str


TRIGGERS = (
    Trigger(
        "embed",
        "Embed all missing",
        "vectors for every task without one",
        ServiceType.AUTO_EMBEDDING,
        "batch_embed",
    ),
    Trigger(
        "cycles",
        "Check cycles",
        "a full check of all waiting links",
        ServiceType.CYCLE_DETECTION,
        "full_cycle_check",
    ),
    Trigger(
        "sync",
        "Sync the graph",
        "bring every node and edge up to date",
        ServiceType.INCREMENTAL_SYNC,
        "batch_sync",
    ),
    Trigger(
        "optimise",
        "Optimise",
        "vacuum and tidy the three stores",
        ServiceType.INDEX_OPTIMIZATION,
        "optimize_indices",
    ),
    Trigger(
        "rebuild-vectors", "Rebuild vectors", "throw all vectors away, embed again", "", "vectors"
    ),
    Trigger("rebuild-graph", "Rebuild graph", "throw the graph away, load it again", "", "graph"),
)
TARGET = "manual_trigger"
"""What all of them are queued under."""
PROFILES = (
    Choice("development", "development", "short delays, small batches"),
    Choice("production", "production", "throughput, larger batches"),
    Choice("low-resource", "low-resource", "one worker, long delays"),
)


async def change_profile(console: Console) -> None:
    """Ask for a profile and put it into force."""
    before = console.profile
    name = await console.choose(f"Change from {before} to which profile?", PROFILES)
    if name is None or name == before:
        return
    await engine_of(console).set_profile(name, actor=ACTOR)

    async def back(engine: EngineAPI) -> str:
        now = (await engine.status(parity=False)).engine.profile
        if now != name:
            return f"profile stays {now}: somebody changed it since"
        await engine.set_profile(before, actor=ACTOR)
        return f"profile is {before} again"

    console.say(f"profile is now {name}", undo=Undo(f"profile {name}", back))


async def run_trigger(console: Console) -> None:
    """Ask for a trigger and fire it."""
    choices = [Choice(each.id, each.title, each.help, not each.service) for each in TRIGGERS]
    chosen = await console.choose("Run what now?", choices)
    for trigger in TRIGGERS:
        if trigger.id == chosen:
            await (_schedule(console, trigger) if trigger.service else _rebuild(console, trigger))


async def _schedule(console: Console, trigger: Trigger) -> None:
    engine = engine_of(console)
    waiting = await _waiting(engine, trigger)
    number = await engine.schedule_operation(
        trigger.service,
        trigger.kind,
        TARGET,
        priority=ServicePriority.HIGH,
        actor=ACTOR,
    )
    # an equal one that waited already is not only this one's, whatever its origin says now
    undo = undo_schedule(number) if number not in waiting else None
    console.say(f"{trigger.title}: queued as operation {number}", undo=undo)


async def _waiting(engine: EngineAPI, trigger: Trigger) -> set[int]:
    """Operations that do the same and wait already."""
    found: set[int] = set()
    for state in (OperationState.SCHEDULED, OperationState.AVAILABLE):
        which = OperationFilter(service=trigger.service, kind=trigger.kind, key=TARGET, state=state)
        found |= {each.id for each in (await engine.operations_page(OperationsQuery(which))).rows}
    return found


async def _rebuild(console: Console, trigger: Trigger) -> None:
    engine = engine_of(console)
    parity = (await engine.status(parity=False)).parity
    number = parity.vectors.current if trigger.kind == "vectors" else parity.graph.nodes.current
    what = "vectors" if trigger.kind == "vectors" else "nodes with their edges"
    detail = (
        f"{number:,} {what} are made anew from the tasks, which are not touched. Searches and graph"
        " queries are incomplete until it is done. It can't be taken back."
    )
    if await console.confirm(f"{trigger.title}: {trigger.help}?", detail):
        queued = await engine.rebuild(trigger.kind, actor=ACTOR)
        console.say(f"{trigger.title}: {counted(queued, 'operation')} queued")
