"""Looks after the stores without being asked: compares them and queues what repairs them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from engine.errors import VesperaError
from engine.operations import NewOperation, ServiceType
from engine.snapshots import GraphParity, Parity, StoreParity

if TYPE_CHECKING:
    from engine.services.base import ServiceContext
    from engine.stores.projections import ParityRepair

SETTLE_SECONDS = 2.0
"""How often it is looked whether something changed since the last scan."""


class ParityKeeper:
    """Compares the projections with the truth, on start and then regularly, and queues repairs."""

    def __init__(self, context: ServiceContext) -> None:
        self._context = context
        self.last = StoreParity()
        self._out_of_step_since: float | None = None
        self._repairing = asyncio.Lock()
        self._scanned_at: tuple[int, float] | None = None
        """The state of the truth and of the queue that the last scan saw."""

    async def keep(self) -> None:
        """Scan and repair for ever: when work was done and the queue is quiet, and regularly."""
        clock = self._context.clock
        while True:
            await self.repair()
            due = clock.monotonic() + self._context.config.parity_interval_seconds
            while clock.monotonic() < due:
                await clock.sleep(SETTLE_SECONDS)
                if await self._quiet() and await self.outdated():
                    break

    async def _quiet(self) -> bool:
        depths = (await self._context.queue.stats()).values()
        return not any(depth.available or depth.running for depth in depths)

    async def _mark(self) -> tuple[int, float]:
        row = await self._context.database.row(
            "SELECT (SELECT coalesce(max(position), 0) FROM changes) AS position,"
            " (SELECT coalesce(max(finished_at), 0) FROM finished_operations) AS finished_at"
        )
        return (0, 0.0) if row is None else (row["position"], row["finished_at"])

    async def outdated(self) -> bool:
        """Whether tasks changed or operations finished since the last scan."""
        return await self._mark() != self._scanned_at

    @property
    def lag_seconds(self) -> float | None:
        """How long the projections have been out of step; None while they are in step."""
        if self._out_of_step_since is None:
            return None
        return max(0.0, self._context.clock.now() - self._out_of_step_since)

    async def read(self) -> StoreParity:
        """Parity now; an error that keeps it from being read is part of the result."""
        return (await self._read())[0]

    async def _read(self) -> tuple[StoreParity, ParityRepair | None]:
        try:
            parity, repair = await self._context.projections.parity(
                self._context.embedder.model_key
            )
        except VesperaError as error:
            unread = Parity(error=str(error))
            self.last = StoreParity(unread, GraphParity(unread, unread), self._context.clock.now())
            return self.last, None
        self.last = parity
        if parity.complete:
            self._out_of_step_since = None
        elif self._out_of_step_since is None:
            self._out_of_step_since = parity.checked_at
        return parity, repair

    async def _alive(self) -> int:
        depths = (await self._context.queue.stats()).values()
        return sum(depth.scheduled + depth.available + depth.running for depth in depths)

    async def repair(self) -> int:
        """Queue what is missing, stale or orphaned; how many operations."""
        async with self._repairing:
            mark = await self._mark()
            queued = await self._repair()
            self._scanned_at = mark  # last: until then a scan that is under way proves nothing
        return queued

    async def _repair(self) -> int:
        parity, repair = await self._read()
        if parity.searched_model and not (parity.vectors.missing or parity.vectors.stale):
            # no text was left to embed, so that nobody else has noticed
            await self._context.projections.vectors_promote(self._context.embedder.model_key)
        if repair is None or not await self._quiet():
            return 0  # what waits in the queue may be just what is missing
        origin = "parity"
        found = [
            NewOperation(ServiceType.AUTO_EMBEDDING, "embed_task", task_id, origin=origin)
            for task_id in repair.vectors
        ]
        found += [
            NewOperation(ServiceType.INCREMENTAL_SYNC, "sync_task", task_id, origin=origin)
            for task_id in dict.fromkeys(
                (*repair.graph, *repair.orphaned_vectors, *repair.annotations)
            )
        ]
        if found:
            room = self._context.config.queue_limit - await self._alive()
            found = found[: max(0, room)]  # the next scan finds the rest
            await self._context.queue.enqueue(found)
            self._context.events.add("parity.repair", message=f"{len(found)} operations queued")
        return len(found)
