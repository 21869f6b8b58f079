"""Keeps the graph in Kuzu, and what stands beside the vectors in Chroma, in step with the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import StoreUnavailableError
from engine.operations import Completed, Failed, ServiceType
from engine.services.base import BackgroundService
from engine.services.change_log import ChangeLog
from engine.stores.projections import REBUILD_SECONDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.operations import Operation, Outcome
    from engine.services.base import ServiceContext
    from engine.snapshots import Progress


class IncrementalSyncService(BackgroundService):
    """batch_sync: follow the change log. sync_task, cleanup_task: make one task's rows right."""

    name = ServiceType.INCREMENTAL_SYNC
    kinds = frozenset({"sync_task", "cleanup_task", "batch_sync"})
    dependencies = frozenset({"kuzu"})

    def __init__(self, context: ServiceContext) -> None:
        super().__init__(context)
        self._log = ChangeLog(context)

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

    @property
    def progress(self) -> Progress | None:
        """How far the log is followed, or the graph rebuilt."""
        return self._log.progress

    def longest_seconds(self, kind: str) -> float:
        """A rebuild takes as long as it takes; its steps are limited one by one."""
        seconds = super().longest_seconds(kind)
        return seconds + REBUILD_SECONDS if kind == "batch_sync" else seconds

    async def probe(self) -> None:
        """Kuzu opens."""
        await self.context.projections.check("kuzu")

    async def run(self, kind: str, operations: Sequence[Operation]) -> Sequence[Outcome]:
        """Follow the log, or reconcile the tasks; see :meth:`BackgroundService.run`."""
        if kind == "batch_sync":
            return [await self._follow(operation) for operation in operations]
        ids = [operation.key for operation in operations if operation.key]
        current = set(await self.context.projections.graph_reconcile(ids))
        noted, note = await self._note(ids)
        current &= noted
        evidence = {"in_step": True, "note": note} if note else {"in_step": True}
        return [
            Completed(evidence)
            if operation.key in current
            else Failed("the graph or the vectors did not return what was written")
            for operation in operations
        ]

    async def _follow(self, operation: Operation) -> Outcome:
        if operation.payload.get("rebuild"):
            return Completed({"rebuilt": await self._log.rebuild()})
        return Completed(await self._log.follow(again=operation.attempts > 0))

    async def _note(self, ids: Sequence[str]) -> tuple[set[str], str]:
        """Bring the vectors' side in step; while Chroma is away that is left to parity."""
        try:
            return set(await self.context.projections.vectors_follow(ids)), ""
        except StoreUnavailableError as error:
            return set(ids), f"not noted beside the vectors: {error}"
