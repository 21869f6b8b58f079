"""What the engine in this process does with dependency cycles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.cycles import records
from engine.errors import InvalidInputError
from engine.operations import ServiceType
from engine.services.cycle_detection import CycleDependencyService

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.background_services import BackgroundServiceManager
    from engine.cycle_views import CutRecord, CycleRecord, CycleReport


class CycleMethods:
    """The part of :class:`engine.api.EngineAPI` about cycles."""

    manager: BackgroundServiceManager

    async def cycles(self) -> CycleReport:
        """The cycles there are now, by all waiting edges."""
        service = self.manager.runner(ServiceType.CYCLE_DETECTION).service
        if not isinstance(service, CycleDependencyService):
            raise InvalidInputError("service: another one took the place of cycle_detection")
        return await service.check()

    async def cycle_history(self, limit: int = 100) -> list[CycleRecord]:
        """Components alive and resolved, the latest born first."""
        rows = await self.manager.context.database.rows(records.HISTORY, (limit,))
        return [records.life(row) for row in rows]

    async def cycle_cuts(self, limit: int = 100) -> list[CutRecord]:
        """Links that were removed to break cycles, the latest first."""
        rows = await self.manager.context.database.rows(records.CUTS, (limit,))
        return [records.cut(row) for row in rows]

    async def apply_cut(
        self,
        component: int = 0,
        *,
        edges: Sequence[tuple[str, str, str]] = (),
        actor: str = "",
    ) -> CutRecord:
        """Remove the links suggested for a component, or those named, in one transaction."""
        done = await self.manager.context.tasks.cut(component, edges, actor)
        self._tell("cycle.cut", done, actor)
        return done

    async def undo_cut(self, cut_id: int, *, actor: str = "") -> CutRecord:
        """Put the links of a cut back, also where that brings a cycle back."""
        done = await self.manager.context.tasks.undo_cut(cut_id, actor)
        self._tell("cycle.cut_undone", done, actor)
        return done

    def _tell(self, kind: str, done: CutRecord, actor: str) -> None:
        message = ", ".join(f"{waiter} -> {waited_for}" for waiter, waited_for, _ in done.links)
        self.manager.events.add(kind, f"cut {done.id}", actor=actor, message=message)
