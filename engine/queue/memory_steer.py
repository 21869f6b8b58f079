"""What a person does to operations of the queue in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engine.operations import NO_DEADLINE, Steering
from engine.queue.encoding import decode, encode
from engine.queue.memory_rows import WAITING, Row
from engine.queue.reverse import ENDED, WAITED, note, noted
from engine.queue.steer import TWIN_WAITS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.operations import OperationFilter, ServicePriority
    from engine.queue.memory_rows import Store
    from engine.queue.memory_steps import Steps

FRESH: Mapping[str, Any] = {
    "turn": NO_DEADLINE,
    "deadline": NO_DEADLINE,
    "attempts": 0,
    "unclean": 0,
    "claimed_at": None,
    "finished_at": None,
    "result": "{}",
}
"""What starts anew with a retry."""


class ByHand:
    """Steers the operations in ``store``."""

    def __init__(self, store: Store, steps: Steps) -> None:
        self._store, self._steps = store, steps

    def steer(
        self,
        how: Steering,
        which: OperationFilter,
        now: float,
        reason: str,
        priority: ServicePriority | None,
    ) -> list[int]:
        """Do that to all that match; the ids of those touched."""
        found = self.touched(how, which, priority)
        if how in {Steering.RETRY, Steering.UNDO_CANCEL, Steering.UNDO_RETRY}:
            return [row.id for row in found if self._again(how, row, now)]
        for row in found:
            self._change(how, row, now, reason, priority)
        return [row.id for row in found]

    def touched(
        self, how: Steering, which: OperationFilter, priority: ServicePriority | None
    ) -> list[Row]:
        """What that steering would touch now."""
        rows = self._store.rows.values()
        return [row for row in rows if row.matches(which) and self._touches(how, row, priority)]

    def _touches(self, how: Steering, row: Row, priority: ServicePriority | None) -> bool:
        if row.state in WAITING:
            return {
                Steering.CANCEL: True,
                Steering.RUN_NOW: row.state == "scheduled",
                Steering.PRIORITIZE: priority is not None and row.priority != priority,
                Steering.PAUSE: not row.parked,
                Steering.RESUME: row.parked,
                Steering.UNDO_RETRY: row.was is not None,
            }.get(how, False)
        if row.state == "failed":
            return how in {Steering.RETRY, Steering.DISCARD}
        return row.state == "cancelled" and self._touches_cancelled(how, row)

    def _touches_cancelled(self, how: Steering, row: Row) -> bool:
        before = None if row.was is None else noted(row.was)["state"]
        match how:
            case Steering.RETRY:
                return not self._twin_waits(row)
            case Steering.RESTORE:
                return "discarded" in decode(row.result)
            case Steering.UNDO_CANCEL:
                return before in WAITING and not self._twin_waits(row)
            case Steering.UNDO_RETRY:
                return before == "failed"
        return False

    def _twin_waits(self, row: Row) -> bool:
        return self._store.waiting(row.service, row.kind, row.key) is not None

    def _change(
        self, how: Steering, row: Row, now: float, reason: str, priority: ServicePriority | None
    ) -> None:
        match how:
            case Steering.CANCEL:
                was = note(row, WAITED)
                self._steps.finish(row, "cancelled", {"reason": reason}, now)
                row.was = was
            case Steering.RUN_NOW:
                row.parked, row.run_at, row.waiting_for = False, now, ""
                self._steps.move(row, "available")
            case Steering.PRIORITIZE if priority is not None:
                row.priority = row.rank = int(priority)
                row.turn = row.deadline
            case Steering.PAUSE:
                row.parked, row.waiting_for = True, reason
                self._steps.move(row, "scheduled")
            case Steering.RESUME:
                row.parked, row.waiting_for = False, ""
                self._steps.move(row, "scheduled")
            case Steering.DISCARD:
                row.result = encode({**decode(row.result), "discarded": 1, "reason": reason})
                self._steps.move(row, "cancelled")
            case Steering.RESTORE:
                marks = ("discarded", "reason")
                kept = {k: v for k, v in decode(row.result).items() if k not in marks}
                row.result = encode(kept)
                self._steps.move(row, "failed")

    def _again(self, how: Steering, row: Row, now: float) -> bool:
        """Whether it was touched: of equal ones the first may have left no room for the next."""
        twin_waits = row.state not in WAITING and self._twin_waits(row)
        if how is Steering.UNDO_RETRY:
            parted = {"parked": False, "waiting_for": "", **noted(str(row.was))}
            self._become(row, {**parted, "run_at": parted["finished_at"]})
        elif how is Steering.UNDO_CANCEL and not twin_waits:
            self._become(row, {"finished_at": None, "result": "{}", **noted(str(row.was))})
        elif how is Steering.RETRY and not twin_waits:
            due = {"rank": row.priority, "run_at": now, "max_run_at": now}
            was = note(row, ENDED)
            self._become(row, {**FRESH, **due, "was": was, "state": "available"})
        elif how is Steering.RETRY and row.state == "failed":
            result = encode({**decode(row.result), "reason": TWIN_WAITS})
            was = note(row, ENDED)
            self._become(row, {"was": was, "result": result, "state": "cancelled"})
        else:
            return False
        return True

    def _become(self, row: Row, columns: Mapping[str, Any]) -> None:
        changed = replace(row, **{**columns, "state": row.state})
        self._store.rows[row.id] = changed
        self._steps.move(changed, str(columns["state"]))
