"""Keeps the graph in Kuzu, and the deletions in both projections, in step with the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import StoreUnavailableError
from engine.operations import Completed, Failed, NewOperation, ServiceType
from engine.services.base import BackgroundService
from engine.stores.projections import REBUILD_SECONDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.operations import Operation, Outcome


class IncrementalSyncService(BackgroundService):
    """sync_task, cleanup_task: make one task's rows right. batch_sync: all that parity finds."""

    name = ServiceType.INCREMENTAL_SYNC
    kinds = frozenset({"sync_task", "cleanup_task", "batch_sync"})
    dependencies = frozenset({"kuzu"})

    @property
    def enabled(self) -> bool:
        """What the configuration says."""
        return self.context.config.incremental_sync.enabled

    @property
    def batch_size(self) -> int:
        """Tasks brought in step in one call."""
        return self.context.config.incremental_sync.batch_size

    @property
    def min_batch_size(self) -> int:
        """What the configuration says."""
        return self.context.config.incremental_sync.min_batch_size

    def longest_seconds(self, kind: str) -> float:
        """A rebuild takes as long as it takes."""
        seconds = super().longest_seconds(kind)
        return seconds + REBUILD_SECONDS if kind == "batch_sync" else seconds

    async def probe(self) -> None:
        """Kuzu opens."""
        await self.context.projections.check("kuzu")

    async def run(self, kind: str, operations: Sequence[Operation]) -> Sequence[Outcome]:
        """Reconcile the batch; see :meth:`BackgroundService.run`."""
        if kind == "batch_sync":
            return [await self._find_work(operation) for operation in operations]
        ids = [operation.key for operation in operations if operation.key]
        current = set(await self.context.projections.graph_reconcile(ids))
        annotated, note = await self._annotate(ids)
        current &= annotated
        evidence = {"in_step": True, "note": note} if note else {"in_step": True}
        return [
            Completed(evidence)
            if operation.key in current
            else Failed("the graph or the vectors did not return what was written")
            for operation in operations
        ]

    async def _annotate(self, ids: Sequence[str]) -> tuple[set[str], str]:
        """Note the tasks beside their vectors; while Chroma is away that is left to parity."""
        try:
            return set(await self.context.projections.vectors_annotate(ids)), ""
        except StoreUnavailableError as error:
            return set(ids), f"not noted beside the vectors: {error}"

    async def _find_work(self, operation: Operation) -> Outcome:
        """Queue what parity finds missing, stale or orphaned; rebuild when all of it is."""
        parity, repair = await self.context.projections.parity(self.context.embedder.model_key)
        if operation.payload.get("rebuild") or self._worth_a_rebuild(
            parity.graph.nodes.missing, parity.graph.nodes.expected
        ):
            nodes = await self.context.projections.graph_rebuild()
            return Completed({"rebuilt": nodes})
        found = [
            NewOperation(self.name, "sync_task", task_id, origin=operation.origin)
            for task_id in {*repair.graph, *repair.orphaned_vectors, *repair.annotations}
        ]
        await self.context.queue.enqueue(found)
        return Completed({"queued": len(found)})

    @staticmethod
    def _worth_a_rebuild(missing: int, expected: int) -> bool:
        # a bulk load beats single upserts by two orders of magnitude
        return missing > 1000 and missing * 2 > expected  # noqa: PLR2004 - a rule of thumb
