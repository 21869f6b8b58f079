"""When the stores are optimised without being asked: regularly, and when measurements say it pays.

What many changes cause is queued with the changes, in :mod:`engine.stores.outbox`. The decision
itself is in :mod:`engine.services.optimization.decision`.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from contextlib import suppress
from dataclasses import asdict, replace
from statistics import median
from typing import TYPE_CHECKING

from engine.errors import DependencyDownError, WorkerError
from engine.operations import NewOperation, ServicePriority, ServiceType
from engine.services.index_optimization import quiet
from engine.services.optimization import look
from engine.services.optimization.decision import Measured, Memory, decide, judged
from engine.services.optimization.derived import graph_needs

if TYPE_CHECKING:
    import sqlite3

    from engine.services.base import ServiceContext
    from engine.services.optimization.decision import Decision

LOOK_SECONDS = 60.0
GAIN = 0.9
"""A run was worth it when what caused it is at most this part of what it was."""
PROBES = 5
MEMORY_KEY = "optimization_schedule"
MEASURED_AS = {
    "fragmentation": ("sqlite", "fragmentation_percent"),
    "wal": ("sqlite", "wal_bytes"),
    "slowdown": ("sqlite", ""),
    "tombstones": ("chroma", "tombstones"),
    "recall": ("chroma", "missed"),
    "graph_growth": ("kuzu", "bytes"),
}
"""Store, and what its runs record that should have become less, by reason."""
REACH_SECONDS, REACH_SAMPLE = 3600.0, 50
"""How often Chroma is asked for vectors that it holds, and for how many."""
PROBE = (
    "SELECT id, title, (SELECT count(*) FROM links WHERE target_id = tasks.id)"
    " FROM tasks ORDER BY priority, created_at, id LIMIT 200"
)
"""Its work does not grow with the store, so that growth is not taken for slowness."""


class OptimizationSchedule:
    """Looks every minute whether an optimisation will pay."""

    def __init__(self, context: ServiceContext) -> None:
        self._context = context
        self._probes: deque[float] = deque(maxlen=PROBES)
        self._asked_at = context.clock.now()
        self._reach = (0, 0)

    async def run(self) -> None:
        """Look for ever."""
        while True:
            await self._context.clock.sleep(LOOK_SECONDS)
            await self.look()

    async def look(self) -> Decision | None:
        """Measure once, and queue an optimisation if one is due or pays."""
        context = self._context
        kept = await self._load()
        measured, memory = await self._measure(kept or Memory(since=context.clock.now()))
        decision = decide(context.config.index_optimization, measured, memory)
        if decision is not None:
            await self._queue(decision)
            memory = replace(
                memory,
                queued_at=measured.now,
                pending="" if decision.reason == "interval" else decision.reason,
                pending_after=memory.optimization,
                pending_seconds=measured.seconds or 0.0,
            )
        if memory != kept:
            await self._store(memory)
        return decision

    async def _measure(self, memory: Memory) -> tuple[Measured, Memory]:
        context = self._context
        still = await quiet(context.queue, context.governor)
        depth = (await context.queue.stats()).get(ServiceType.INDEX_OPTIMIZATION)
        outstanding = depth is not None and bool(depth.scheduled + depth.available + depth.running)
        # after the depth: what is no longer in the queue has left its rows here
        (last,) = await context.database.rows(
            "SELECT max(id) AS id, max(at) AS at FROM optimizations"
        )
        if memory.optimization != (last["id"] or 0):
            self._probes.clear()
            self._reach = (0, 0)
            memory = replace(memory, optimization=last["id"] or 0, baseline=None)
        if still and not outstanding:  # a probe among other work would measure that work
            await self._probe()
            await self._ask()
        seconds = median(self._probes) if len(self._probes) == PROBES else None
        if memory.baseline is None and seconds is not None:
            memory = replace(memory, baseline=seconds)
        if memory.pending and not outstanding:
            memory = await self._judge(memory)
        (pages,) = await context.database.rows(
            "SELECT freelist_count, page_count FROM pragma_freelist_count, pragma_page_count"
        )
        measured = Measured(
            now=context.clock.now(),
            started_at=context.started_at,
            optimized_at=last["at"],
            quiet=still,
            outstanding=outstanding,
            free_pages=pages["freelist_count"],
            pages=pages["page_count"],
            wal_bytes=await asyncio.to_thread(look.wal_bytes, context.database.path),
            seconds=seconds,
        )
        return await self._with_projections(measured), memory

    async def _with_projections(self, measured: Measured) -> Measured:
        """Looks at files and counts rows of the truth; nothing is opened or asked for this."""
        database = self._context.database
        folder = database.path.parent
        (rows,) = await database.rows(
            "SELECT (SELECT count(*) FROM tasks) AS tasks, (SELECT count(*) FROM links) AS links"
        )
        chroma = await asyncio.to_thread(look.chroma_files, folder)
        asked, reached = self._reach
        return replace(
            measured,
            elements=chroma.elements,
            vectors=rows["tasks"],
            asked=asked,
            reached=reached,
            graph_bytes=await asyncio.to_thread(look.size, folder / "graph.kuzu"),
            graph_needed=await graph_needs(database, rows["tasks"] + rows["links"]),
        )

    async def _ask(self) -> None:
        """Once an hour: whether Chroma still reaches what it holds; only while it is open."""
        context, now = self._context, self._context.clock.now()
        settings = context.config.index_optimization
        if not settings.optimize_chroma_indices or context.projections.pid is None:
            return
        if 0 <= now - self._asked_at < REACH_SECONDS:
            return
        self._asked_at = now
        with suppress(DependencyDownError, WorkerError):  # whoever needs it says that it is away
            told = await context.projections.upkeep(
                "chroma.reach", sample=REACH_SAMPLE, turn=int(now / REACH_SECONDS)
            )
            self._reach = (told["asked"], told["reached"])

    async def _probe(self) -> None:
        started = self._context.clock.monotonic()
        await self._context.database.rows(PROBE)
        self._probes.append(self._context.clock.monotonic() - started)

    async def _judge(self, memory: Memory) -> Memory:
        store, name = MEASURED_AS[memory.pending]
        row = await self._context.database.row(
            "SELECT before, after FROM optimizations WHERE store = ? AND id > ?"
            " ORDER BY id LIMIT 1",
            (store, memory.pending_after),
        )
        now = self._context.clock.now()
        if row is None:  # it failed, or was cancelled
            return judged(memory, False, now)
        if memory.pending == "slowdown":
            if memory.baseline is None:  # not probed often enough since
                return memory
            return judged(memory, memory.baseline <= GAIN * memory.pending_seconds, now)
        before, after = _figures(row["before"]).get(name, 0), _figures(row["after"]).get(name, 0)
        return judged(memory, after <= GAIN * before and before > 0, now)

    async def _queue(self, decision: Decision) -> None:
        payload = {"because": decision.because} | ({"anyway": True} if decision.anyway else {})
        await self._context.queue.enqueue(
            [
                NewOperation(
                    ServiceType.INDEX_OPTIMIZATION,
                    decision.kind,
                    decision.reason,
                    priority=ServicePriority.LOW,
                    origin=decision.reason,
                    payload=payload,
                )
            ]
        )

    async def _load(self) -> Memory | None:
        row = await self._context.database.row(
            "SELECT value FROM meta WHERE key = ?", (MEMORY_KEY,)
        )
        if row is None:
            return None
        values = json.loads(row["value"])
        values["in_vain"] = {reason: tuple(kept) for reason, kept in values["in_vain"].items()}
        return Memory(**values)

    async def _store(self, memory: Memory) -> None:
        values = (MEMORY_KEY, json.dumps(asdict(memory)))

        def store(connection: sqlite3.Connection) -> None:
            connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", values)

        await self._context.database.write(store)


def _figures(text: str) -> dict[str, float]:
    """Measurements of a run; ``missed`` is what recall leaves out."""
    found: dict[str, float] = json.loads(text)
    return {**found, "missed": 1.0 - found["recall"]} if "recall" in found else found
