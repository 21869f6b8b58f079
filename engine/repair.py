"""Looks after the stores without being asked: compares them and queues what repairs them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from engine.errors import VesperaError
from engine.operations import NewOperation, ServiceType
from engine.services.change_log import vectors_position
from engine.snapshots import GraphParity, Parity, StoreParity
from engine.stores.outbox import CHANGES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.services.base import ServiceContext
    from engine.stores.projections import ParityRepair

ORIGIN = "parity"
FEW = 1000
"""Up to so many missing tasks a rebuild of the graph is never worth it."""
SETTLE_SECONDS = 2.0
"""How often it is looked whether something changed since the last scan."""


class ParityKeeper:
    """Compares the projections with the truth, on start and then regularly, and queues repairs."""

    def __init__(self, context: ServiceContext) -> None:
        self._context = context
        self.last = StoreParity()
        self._out_of_step_since: float | None = None
        self.set_aside: dict[str, str] = {}
        """Why ``chroma`` or ``kuzu`` was set aside, until it is complete again."""
        self._repairing = asyncio.Lock()
        self._scanned_at: tuple[int, float] | None = None
        """The state of the truth and of the queue that the last scan saw."""

    async def keep(self) -> None:
        """Scan and repair for ever: when work was done and the queue is quiet, and regularly."""
        clock = self._context.clock
        while True:
            away = self._away()
            await self.repair()
            due = clock.monotonic() + self._context.config.parity_interval_seconds
            while clock.monotonic() < due:
                await clock.sleep(SETTLE_SECONDS)
                if self._away() != away or (await self._quiet() and await self.outdated()):
                    break

    def _away(self) -> list[str]:
        """Which of the stores are away: damage is seen to, and what was missed is caught up."""
        return [breaker.name for breaker in self._context.breakers.open_among(("chroma", "kuzu"))]

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
        if parity.vectors.complete:
            self.set_aside.pop("chroma", None)
        if parity.graph.nodes.complete and parity.graph.edges.complete:
            self.set_aside.pop("kuzu", None)
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
        if repair is not None and repair.damaged:
            for store, reason in repair.damaged.items():
                await self._set_aside(store, reason)
            parity, repair = await self._read()
        if parity.searched_model and not (parity.vectors.missing or parity.vectors.stale):
            # no text was left to embed, so that nobody else has noticed
            await self._context.projections.vectors_promote(self._context.embedder.model_key)
        if repair is None or not await self._quiet():
            return 0  # what waits in the queue may be just what is missing
        embed = [
            NewOperation(ServiceType.AUTO_EMBEDDING, "embed_task", task_id, origin=ORIGIN)
            for task_id in repair.vectors
        ]
        found = embed + await self._to_sync(parity, repair)
        if found:
            room = self._context.config.queue_limit - await self._alive()
            found = found[: max(0, room)]  # the next scan finds the rest
            await self._context.queue.enqueue(found)
            self._context.events.add("parity.repair", message=f"{len(found)} operations queued")
        return len(found)

    async def _to_sync(self, parity: StoreParity, repair: ParityRepair) -> list[NewOperation]:
        """Following the change log comes first: what it does not mend is repaired by name."""
        position, head = await vectors_position(self._context)
        vectors_behind = position != head and not parity.vectors.error
        if repair.graph_behind or vectors_behind:
            return [_sync("batch_sync", CHANGES)]
        nodes = parity.graph.nodes
        if nodes.missing > FEW and nodes.missing * 2 > nodes.expected:
            return [_sync("batch_sync", "rebuild", {"rebuild": True})]
        ids = dict.fromkeys((*repair.graph, *repair.orphaned_vectors, *repair.annotations))
        return [_sync("sync_task", task_id) for task_id in ids]

    async def _set_aside(self, store: str, reason: str) -> None:
        kept = await self._context.projections.set_aside(store)
        self.set_aside[store] = f"{reason}; kept as {kept}"
        self._context.events.add(
            "store.set_aside", store, message=self.set_aside[store], level="error"
        )


def _sync(kind: str, key: str, payload: Mapping[str, Any] | None = None) -> NewOperation:
    return NewOperation(
        ServiceType.INCREMENTAL_SYNC, kind, key, payload=payload or {}, origin=ORIGIN
    )
