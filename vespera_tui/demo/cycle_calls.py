"""The calls about cycles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.cycle_views import CycleReport
from vespera_tui.demo.unplayed import Unplayed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.cycle_views import CutRecord, CycleRecord
    from vespera_tui.demo.activity import Activity
    from vespera_tui.demo.board import Board
    from vespera_tui.demo.cycles import Cycles

CHECKED_AGO = 4.0


class CycleCalls(Unplayed):
    """Cutting removes links of the board; putting back brings them again."""

    # ruff: noqa: D102 - EngineAPI says what the calls are for, and has the arguments

    activity: Activity
    board: Board
    cycles_there: Cycles

    async def cycles(self) -> CycleReport:
        checked_at = self.activity.now - CHECKED_AGO
        return CycleReport(self.cycles_there.now(), checked_at, len(self.board.links))

    async def cycle_history(self, limit: int = 100) -> list[CycleRecord]:
        return self.cycles_there.history()[:limit]

    async def cycle_cuts(self, limit: int = 100) -> list[CutRecord]:
        return self.cycles_there.cuts[::-1][:limit]

    async def apply_cut(
        self,
        component: int = 0,
        *,
        edges: Sequence[tuple[str, str, str]] = (),
        actor: str = "",
    ) -> CutRecord:
        done = self.cycles_there.cut(component, edges, self.activity.now, actor)
        self.activity.happened("cycle.cut", f"cut {done.id}", actor)
        return done

    async def undo_cut(self, cut_id: int, *, actor: str = "") -> CutRecord:
        done = self.cycles_there.put_back(cut_id, self.activity.now, actor)
        self.activity.happened("cycle.cut_undone", f"cut {done.id}", actor)
        return done
