"""When the stores are optimised without being asked: regularly, and when measurements say it pays.

What many changes cause is queued with the changes, in :mod:`engine.stores.outbox`. The decision
itself is in :mod:`engine.services.optimization_decision`.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from dataclasses import asdict, replace
from statistics import median
from typing import TYPE_CHECKING

from engine.operations import NewOperation, ServicePriority, ServiceType
from engine.services.index_optimization import quiet, wal_bytes
from engine.services.optimization_decision import Measured, Memory, decide, judged

if TYPE_CHECKING:
    import sqlite3

    from engine.services.base import ServiceContext
    from engine.services.optimization_decision import Decision

LOOK_SECONDS = 60.0
GAIN = 0.9
"""A run was worth it when what caused it is at most this part of what it was."""
PROBES = 5
MEMORY_KEY = "optimization_schedule"
MEASURED_AS = {"fragmentation": "fragmentation_percent", "wal": "wal_bytes"}
"""Names of the measurements that a run records before and after, by reason."""
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
            memory = replace(memory, optimization=last["id"] or 0, baseline=None)
        if still and not outstanding:  # a probe among other work would measure that work
            await self._probe()
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
            wal_bytes=await asyncio.to_thread(wal_bytes, context.database.path),
            seconds=seconds,
        )
        return measured, memory

    async def _probe(self) -> None:
        started = self._context.clock.monotonic()
        await self._context.database.rows(PROBE)
        self._probes.append(self._context.clock.monotonic() - started)

    async def _judge(self, memory: Memory) -> Memory:
        row = await self._context.database.row(
            "SELECT before, after FROM optimizations WHERE target = 'vacuum_sqlite' AND id > ?"
            " ORDER BY id LIMIT 1",
            (memory.pending_after,),
        )
        now = self._context.clock.now()
        if row is None:  # it failed, or was cancelled
            return judged(memory, False, now)
        if memory.pending == "slowdown":
            if memory.baseline is None:  # not probed often enough since
                return memory
            return judged(memory, memory.baseline <= GAIN * memory.pending_seconds, now)
        name = MEASURED_AS[memory.pending]
        before, after = json.loads(row["before"])[name], json.loads(row["after"])[name]
        return judged(memory, after <= GAIN * before, now)

    async def _queue(self, decision: Decision) -> None:
        payload = {"because": decision.because} | ({"anyway": True} if decision.anyway else {})
        await self._context.queue.enqueue(
            [
                NewOperation(
                    ServiceType.INDEX_OPTIMIZATION,
                    "optimize_indices",
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
