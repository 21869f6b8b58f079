"""Keeps the three stores small and quick; what each run did is measured before and after."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engine.errors import DependencyDownError
from engine.operations import Completed, Failed, ServiceType, Snooze
from engine.services.base import BackgroundService
from engine.services.optimization import gain, records
from engine.services.optimization.derived import ChromaUpkeep, KuzuUpkeep
from engine.services.optimization.sqlite import SqliteUpkeep
from engine.services.pace import Pace
from engine.snapshots import STEPS, OptimizationRun, Progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.operations import Operation, Outcome
    from engine.queue.port import OperationQueue
    from engine.resources.governor import Governor
    from engine.services.base import ServiceContext

COUNTED = re.compile(r"([\d,]+) of ([\d,]+)$")
"""How far a step is, at the end of what it tells."""
QUIET_SECONDS = 2.0
LONGEST_SECONDS = 3600.0
"""Of the work on one store, as a net: each step has a limit of its own."""
AUTOMATIC = frozenset(
    {
        "large_change_threshold",
        "interval",
        "fragmentation",
        "wal",
        "slowdown",
        "tombstones",
        "recall",
        "graph_growth",
    }
)
"""Origins that are no person: what they queue waits for a quiet moment."""
STORES = {"vacuum_sqlite": "sqlite", "optimize_chroma": "chroma", "optimize_kuzu": "kuzu"}
"""The store of each operation that works on one."""
DAMAGED = (
    "vespera.db is damaged and was left as it is: stop the engine, keep a copy of the folder, then"
    " restore a backup, or export what can be read and import it into another --data-dir"
)


async def quiet(queue: OperationQueue, governor: Governor) -> bool:
    """Whether the other services have nothing to do, nobody types and nobody needs the machine."""
    if governor.typing or governor.share < 1:
        return False
    stats = await queue.stats()
    others = (depth for name, depth in stats.items() if name != ServiceType.INDEX_OPTIMIZATION)
    return not any(depth.available or depth.running for depth in others)


class IndexOptimizationService(BackgroundService):
    """optimize_indices: all that are switched on. The others: one store each."""

    name = ServiceType.INDEX_OPTIMIZATION
    kinds = frozenset({"optimize_indices", *STORES})
    max_workers = 1

    def __init__(self, context: ServiceContext) -> None:
        super().__init__(context)
        self._one_at_a_time = asyncio.Lock()
        self._activity = ""
        self._counted: tuple[int, Pace] | None = None
        self._progress: Progress | None = None
        self._step = 0, 0
        """Steps of the plan that are done, and all; none before there is a plan."""

    @property
    def enabled(self) -> bool:
        """What the configuration says."""
        return self.context.config.index_optimization.enabled

    @property
    def activity(self) -> str:
        """Which store is worked on, and how far that is."""
        return self._activity

    @property
    def progress(self) -> Progress | None:
        """How far a step is that counts what it does, else which step of the plan it is."""
        return self._progress

    async def last_result(self) -> str:
        """What the last run gained."""
        last = await records.latest(self.context.database, 1)
        return f"{last[0].store}: {last[0].result}" if last else ""

    def longest_seconds(self, kind: str) -> float:
        """A net only; each step of the work has the usual limit."""
        return LONGEST_SECONDS * len(self._stores(kind))

    async def run(self, kind: str, operations: Sequence[Operation]) -> Sequence[Outcome]:
        """Optimise; one that nobody asked for waits for a quiet moment."""
        return [await self._run_one(kind, operation) for operation in operations]

    async def _run_one(self, kind: str, operation: Operation) -> Outcome:
        patient = operation.origin in AUTOMATIC and not operation.payload.get("anyway")
        if patient and not await quiet(self.context.queue, self.context.governor):
            return Snooze(QUIET_SECONDS, "no quiet moment yet")
        runs = await self.optimize(self._stores(kind), operation.origin)
        damage = next((run.damage for run in runs if run.damage), "")
        if damage:
            return Failed(f"{DAMAGED}; found: {damage}", permanent=True)
        return Completed({run.store: run.result for run in runs})

    def _stores(self, kind: str) -> list[str]:
        settings = self.context.config.index_optimization
        wanted = {
            "sqlite": settings.vacuum_sqlite,
            "chroma": settings.optimize_chroma_indices,
            "kuzu": settings.optimize_kuzu_indices,
        }
        return [s for s in wanted if wanted[s]] if kind == "optimize_indices" else [STORES[kind]]

    async def optimize(
        self, stores: Sequence[str], reason: str, *, dry_run: bool = False
    ) -> list[OptimizationRun]:
        """Optimise those stores now, one after the other; a run each.

        A ``dry_run`` measures and says what it would do; it is not recorded. A store that is away
        is passed over, and its run says so. Raises its DependencyDownError when no other is left.
        """
        runs: list[OptimizationRun] = []
        away: list[DependencyDownError] = []
        async with self._one_at_a_time:
            for store in stores:
                try:
                    runs.append(await self._optimize_one(store, reason, dry_run))
                except DependencyDownError as error:
                    away.append(error)
                    run = OptimizationRun(0, store, self.context.clock.now(), 0.0, reason)
                    runs.append(replace(run, result=f"left alone: {error}"))
                finally:
                    self._activity, self._progress = "", None
        if away and len(away) == len(stores):
            raise away[0]
        return runs

    async def _optimize_one(self, store: str, reason: str, dry_run: bool) -> OptimizationRun:
        clock, self._step = self.context.clock, (0, 0)
        at, started = clock.now(), clock.monotonic()
        work = self._sqlite if store == "sqlite" else self._derived
        found = await work(store, dry_run)
        run = OptimizationRun(0, store, at, clock.monotonic() - started, reason, **found)
        if dry_run:
            return run
        self._tell_of(run)
        limit = self.context.config.history_limit
        return replace(run, id=await records.keep(self.context.database, run, limit))

    def _tell_of(self, run: OptimizationRun) -> None:
        if run.damage:  # told before it is written down: that may fail
            message = f"{DAMAGED}; found: {run.damage}"
            self.context.events.add("store.damaged", run.store, message=message, level="error")
        else:
            self.context.events.add("store.optimized", run.store, message=run.result)

    async def _sqlite(self, store: str, dry_run: bool) -> dict[str, Any]:
        upkeep = SqliteUpkeep(self.context.database)
        self._say(store)("checking that all of it is whole")
        damage = await upkeep.damage()
        if damage:
            return {"damage": damage, "result": "damaged: nothing was changed"}
        return await self._planned(store, upkeep, dry_run)

    async def _derived(self, store: str, dry_run: bool) -> dict[str, Any]:
        kind = ChromaUpkeep if store == "chroma" else KuzuUpkeep
        upkeep = kind(self.context.database, self.context.projections, self._say(store))
        return await self._planned(store, upkeep, dry_run)

    async def _planned(
        self, store: str, upkeep: SqliteUpkeep | ChromaUpkeep | KuzuUpkeep, dry_run: bool
    ) -> dict[str, Any]:
        settings, say = self.context.config.index_optimization, self._say(store)
        say("measuring")
        before = after = await upkeep.measure(settings)
        plan = await upkeep.plan(settings, before)
        steps = tuple(map(str, plan.works))
        found = {"before": before, "steps": steps, "left": tuple(map(str, plan.left))}
        if dry_run:
            return {**found, "after": before, "result": "not done" if steps else gain.NOTHING}
        for number, work in enumerate(plan.works):
            self._step = number, len(plan.works)
            say(str(work))
            await upkeep.do(work)
        if plan.works:
            self._step = len(plan.works), len(plan.works)
            say("measuring what it gained")
            after = await upkeep.measure(settings)
        return {**found, "after": after, "result": gain.told(steps, before, after)}

    def _say(self, store: str) -> Any:
        def say(text: str) -> None:
            self._activity = f"{store}: {text}"
            self._progress = self._how_far(text)

        return say

    def _how_far(self, text: str) -> Progress:
        """From a text that ends in ``1,000 of 4,000``, as the steps that count tell it."""
        found = COUNTED.search(text)
        if found is None:
            self._counted = None
            return Progress(*self._step, STEPS)
        done, total = (int(number.replace(",", "")) for number in found.groups())
        if self._counted is None or self._counted[0] != total:
            self._counted = total, Pace(self.context.clock, done)
        return self._counted[1].progress(done, total, "vectors")
