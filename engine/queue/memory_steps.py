"""How operations of the queue in memory change: arrivals, ends and waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.operations import (
    FINAL_STATES,
    Cancelled,
    Completed,
    Failed,
    Snooze,
)
from engine.queue.encoding import decode, encode
from engine.queue.enqueue import DELAYS_WAITED
from engine.queue.memory_rows import Row, merge_patch
from engine.queue.settle import NEWER, RESULT_LIMIT, failure, kept

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from engine.operations import NewOperation, Outcome
    from engine.queue.memory_rows import Store


class Steps:
    """Every change of a row, with the waking that belongs to it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def move(self, row: Row, state: str) -> None:
        """Give it a state; whoever waits for that hears of it."""
        before, row.state = row.state, state
        if state in FINAL_STATES:
            self._store.alive.pop(row.id, None)
        else:
            self._store.alive[row.id] = row
        if state == "available" or before == "running":  # a key held back may go now
            self._store.wakeups.wake(row.service)
        if state == "scheduled":
            self._store.scheduled.set()

    def enqueue(self, new: NewOperation, now: float, max_attempts: int) -> int:
        """Store it, or join the one that waits for the same; the id of either."""
        twin = self._store.waiting(new.service, new.kind, new.key)
        if twin is not None:
            self._coalesce(twin, new, now)
            return twin.id
        longest = new.max_wait if new.max_wait is not None else DELAYS_WAITED * new.delay
        row = Row(
            id=next(self._store.ids),
            service=new.service,
            kind=new.kind,
            key=new.key,
            payload=encode(dict(new.payload)),
            priority=int(new.priority),
            state="",
            rank=int(new.priority),
            turn=new.deadline,
            run_at=now + min(new.delay, longest),
            max_run_at=now + longest,
            deadline=new.deadline,
            max_attempts=new.max_attempts or max_attempts,
            origin=new.origin,
            created_at=now,
        )
        self._store.rows[row.id] = row
        self.move(row, "available" if new.delay <= 0 else "scheduled")
        return row.id

    def _coalesce(self, twin: Row, new: NewOperation, now: float) -> None:
        longest = new.max_wait if new.max_wait is not None else DELAYS_WAITED * new.delay
        twin.max_run_at = min(twin.max_run_at, now + longest)
        if twin.state == "scheduled":
            twin.run_at = min(now + new.delay, twin.max_run_at)
        twin.priority = min(twin.priority, int(new.priority))
        twin.rank = min(twin.rank, int(new.priority))
        twin.deadline = min(twin.deadline, new.deadline)
        twin.turn = min(twin.turn, new.deadline)
        wish = decode(encode(dict(new.payload)))
        twin.payload = encode(merge_patch(decode(twin.payload), wish))
        twin.origin, twin.was = new.origin, None
        if not twin.parked:
            twin.waiting_for = ""
            self.move(twin, "available" if new.delay <= 0 else twin.state)

    def finish(self, row: Row, state: str, result: Mapping[str, Any], now: float) -> None:
        """To the history."""
        row.result = kept(result)
        row.finished_at = row.run_at = now
        row.parked, row.waiting_for = False, ""
        row.claimed_by = row.lease_until = None
        self.move(row, state)

    def to_wait(self, row: Row, state: str, now: float) -> bool:
        """Back among those that wait; it ends instead if an equal one waits already."""
        newer = self._store.waiting(row.service, row.kind, row.key)
        if newer is not None:
            _hand_on(row, newer)
            self.finish(row, "cancelled", NEWER, now)
            return False
        row.rank, row.turn = row.priority, row.deadline
        row.claimed_by = row.lease_until = None
        self.move(row, state)
        return True

    def apply(self, row: Row, outcome: Outcome, now: float, retry_in: Callable[[], float]) -> None:
        """What the outcome of its run asks for."""
        match outcome:
            case Completed():
                self.finish(row, "completed", outcome.evidence, now)
            case Cancelled():
                self.finish(row, "cancelled", {"reason": outcome.reason}, now)
            case Snooze():
                self._wait(row, now, outcome.seconds, outcome.reason)
            case Failed():
                self._record(row, outcome, now)
                if outcome.permanent or row.attempts >= row.max_attempts:
                    how = failure(row.service, outcome.error, outcome.traceback)
                    self.finish(row, "failed", how, now)
                else:
                    self._wait(row, now, retry_in())

    def _wait(self, row: Row, now: float, seconds: float, waiting_for: str = "") -> None:
        if self.to_wait(row, "available" if seconds <= 0 else "scheduled", now):
            row.run_at = row.max_run_at = now + seconds
            row.unclean, row.waiting_for = 0, waiting_for

    def _record(self, row: Row, outcome: Failed, now: float) -> None:
        row.attempts += 1
        entry = {
            "at": now,
            "error": outcome.error[:RESULT_LIMIT],
            "traceback": outcome.traceback[-RESULT_LIMIT:],
        }
        row.history = encode([*decode(row.history), entry])


def _hand_on(row: Row, newer: Row) -> None:
    """What an operation that gives way was asked for is not lost."""
    newer.priority = min(newer.priority, row.priority)
    newer.rank = min(newer.rank, row.priority)
    newer.deadline = min(newer.deadline, row.deadline)
    newer.turn = min(newer.turn, row.deadline)
    newer.payload = encode(merge_patch(decode(row.payload), decode(newer.payload)))
    newer.was = None
