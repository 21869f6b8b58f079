"""The queue in plain Python: for tests, demonstrations and engines without a file."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from engine.errors import QueueFullError
from engine.operations import LIVE_STATES, ServicePriority
from engine.queue import consumer, memory_pages, memory_views, rows
from engine.queue.claim import suspects_alone
from engine.queue.memory_rows import WAITING, Row, Store
from engine.queue.memory_steer import ByHand
from engine.queue.memory_steps import Steps
from engine.queue.pages import check
from engine.queue.retries import retry_seconds
from engine.queue.settle import failure

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from engine.clock import Clock, IdSource
    from engine.operation_views import (
        ErrorGroup,
        OperationsPage,
        OperationsQuery,
        SteeringPreview,
    )
    from engine.operations import (
        NewOperation,
        Operation,
        OperationFilter,
        Steering,
    )
    from engine.queue.port import Consumer, Ended
    from engine.service_config import ServiceConfiguration
    from engine.snapshots import OperationView, QueueDepth


class MemoryQueue:
    """Implements :class:`engine.queue.port.PullQueue`; nothing outlives the process.

    Behaves as :class:`engine.queue.sqlite_queue.SqliteQueue` does, which the contract suite shows;
    simple rather than quick: most calls look at every living row. ``store`` is that of an earlier
    queue object, whose work this one takes over.
    """

    def __init__(
        self,
        config: ServiceConfiguration,
        *,
        clock: Clock,
        ids: IdSource,
        owner: str,
        store: Store | None = None,
    ) -> None:
        self.config = config
        self._clock, self._ids, self._owner = clock, ids, owner
        self.store = store or Store()
        self.scheduled = self.store.scheduled
        """Set when something was scheduled for later, so that the stager looks again."""
        self._steps = Steps(self.store)
        self._by_hand = ByHand(self.store, self._steps)

    # -- in

    async def enqueue(self, operations: Sequence[NewOperation]) -> list[int]:
        """Store them; the ids, in order, those of waiting twins among them. QueueFullError."""
        alive = len(self.store.select(*LIVE_STATES))
        if alive + len(operations) > self.config.queue_limit:
            raise QueueFullError(
                f"the queue holds {alive:,} operations, its limit is {self.config.queue_limit:,};"
                " wait until some are done, or raise queue_limit"
            )
        now = self._clock.now()
        retries = self.config.retries
        return [self._steps.enqueue(new, now, retries(new.service) + 1) for new in operations]

    # -- out

    async def run(self, service: str, worker: Consumer) -> None:
        """Deliver until the consumer takes no more."""
        await consumer.consume(self, service, worker)

    async def claim(self, service: str, limit: int) -> list[Operation]:
        """Lease up to ``limit`` due operations, best first; none while the service is paused."""
        if service in self.store.pauses:
            return []
        now = self._clock.now()
        # one task is never worked on twice at once by a service, whatever the kinds
        busy = {row.key for row in self.store.select("running", service=service)} - {None}
        waiting = self.store.select("available", service=service)
        free = sorted((row for row in waiting if row.key not in busy), key=lambda row: row.place)
        first: dict[object, Row] = {}
        for row in free[:limit]:
            first.setdefault(row.id if row.key is None else row.key, row)
        return [self._lease(row, now) for row in suspects_alone(list(first.values()))]

    def _lease(self, row: Row, now: float) -> Operation:
        operation = row.claimed(now)
        row.claims, row.claimed_at, row.claimed_by = operation.claims, now, self._owner
        row.lease_until, row.waiting_for = now + self.config.lease_seconds, ""
        row.was = None
        self._steps.move(row, "running")
        return operation

    async def settle(self, ended: Ended) -> list[bool]:
        """Apply outcomes; False for each whose claim number is not the current one."""
        now = self._clock.now()
        held = [self._held(operation) for operation, _ in ended]
        for (operation, outcome), row in zip(ended, held, strict=True):
            if row is not None:
                self._steps.apply(row, outcome, now, partial(self._retry_in, operation))
        return [row is not None for row in held]

    def _held(self, operation: Operation) -> Row | None:
        row = self.store.rows.get(operation.id)
        return row if row is not None and row.held_by(operation) else None

    def _retry_in(self, operation: Operation) -> float:
        return retry_seconds(operation, ids=self._ids, cap=self.config.retry_cap_seconds)

    def calls(self, service: str) -> int:
        """How often the service was woken; read it before a claim, then wait with it."""
        return self.store.wakeups.count(service)

    async def wait_for_work(self, service: str, since: int) -> None:
        """Return when the service was woken since."""
        await self.store.wakeups.wait(service, since)

    def wake(self, service: str) -> None:
        """Let the service look at the queue again."""
        self.store.wakeups.wake(service)

    # -- along

    async def stage(self) -> float | None:
        """Make what is due available; seconds until the next."""
        now = self._clock.now()
        waiting = [row for row in self.store.select("scheduled") if not row.parked]
        for row in waiting:
            if row.run_at <= now:
                row.waiting_for = ""
                self._steps.move(row, "available")
        later = [row.run_at - now for row in waiting if row.state == "scheduled"]
        return min(later, default=None)

    async def age(self) -> int:
        """Move up what has waited for ``aging_seconds`` a rank; see :mod:`engine.queue.age`."""
        now, seconds, promoted = self._clock.now(), self.config.aging_seconds, 0
        for row in self.store.select("available"):
            due = row.run_at + seconds * (row.priority - row.rank + 1) <= now
            if due and row.rank >= ServicePriority.CRITICAL:
                if row.rank == ServicePriority.CRITICAL:  # above it: first come, first served
                    row.turn = now
                row.rank -= 1
                promoted += 1
        return promoted

    async def heartbeat(self) -> int:
        """Renew the leases of everything this owner runs."""
        until = self._clock.now() + self.config.lease_seconds
        mine = [row for row in self.store.select("running") if row.claimed_by == self._owner]
        for row in mine:
            row.lease_until = until
        return len(mine)

    async def rescue(self, *, all_others: bool = False) -> int:
        """Return lost operations; those whose process ended too often are set aside as failed."""
        now = self._clock.now()
        lost = [row for row in self.store.select("running") if self._lost(row, now, all_others)]
        for row in lost:
            unclean = row.unclean + 1
            if unclean >= self.config.max_unclean_claims:
                error = f"set aside: its process ended {unclean} times while it ran"
                self._steps.finish(row, "failed", failure(row.service, error), now)
            elif self._steps.to_wait(row, "available", now):
                row.unclean = unclean
        return len(lost)

    def _lost(self, row: Row, now: float, all_others: bool) -> bool:
        if all_others:
            return row.claimed_by != self._owner
        return row.lease_until is not None and row.lease_until < now

    async def prune(self, keep: int) -> int:
        """Forget the oldest finished operations beyond ``keep``; how many."""
        finished = memory_views.oldest_first(self.store)
        gone = finished[: max(0, len(finished) - keep)]
        for row in gone:
            del self.store.rows[row.id]
        return len(gone)

    # -- by hand

    async def steer(
        self,
        how: Steering,
        which: OperationFilter,
        *,
        reason: str = "",
        priority: ServicePriority | None = None,
    ) -> list[int]:
        """Do that to all that match and do not run; the ids of those touched."""
        return self._by_hand.steer(how, which, self._clock.now(), reason, priority)

    async def pause(self, service: str, reason: str) -> int:
        """Hand out nothing of this service; how many wait."""
        self.store.pauses[service] = reason
        return len(self.store.select(*WAITING, service=service))

    async def resume(self, service: str) -> int:
        """Hand out again; how many wait."""
        self.store.pauses.pop(service, None)
        self.wake(service)
        return len(self.store.select(*WAITING, service=service))

    def pauses(self) -> Mapping[str, str]:
        """Why, for each paused service."""
        return dict(self.store.pauses)

    # -- to look at

    async def stats(self) -> Mapping[str, QueueDepth]:
        """Depth by service."""
        return memory_views.stats(self.store, self._clock.now())

    def available(self, service: str) -> int:
        """How many of a service's operations are due and wait."""
        return len(self.store.select("available", service=service))

    async def due_since(self, service: str) -> float | None:
        """Since when the first of a rank has been due, the longest, in Unix seconds."""
        return memory_views.due_since(self.store, service)

    async def view(
        self,
        *,
        service: str | None = None,
        state: str | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> list[OperationView]:
        """A page: running, available, paused, scheduled, then the newest finished."""
        found = memory_views.in_order(self.store, service)
        page = [row for row in found if state in {None, row.state}][offset : offset + limit]
        return [rows.view(cast("sqlite3.Row", row)) for row in page]

    async def page(self, query: OperationsQuery) -> OperationsPage:
        """A filtered and sorted part of all operations. InvalidInputError."""
        check(query)
        return memory_pages.page(self.store, query)

    async def preview(
        self,
        how: Steering,
        which: OperationFilter,
        *,
        priority: ServicePriority | None = None,
        limit: int = 1000,
    ) -> SteeringPreview:
        """What steering would touch now, with the first ``limit`` ids."""
        return memory_pages.preview(self._by_hand.touched(how, which, priority), limit)

    async def error_groups(self, limit: int = 100) -> list[ErrorGroup]:
        """Failed operations by fingerprint, the one that failed last first."""
        return memory_pages.error_groups(self.store, self._clock.now(), limit)

    async def get(self, operation_id: int) -> OperationView | None:
        """One operation, alive or finished."""
        row = self.store.rows.get(operation_id)
        return None if row is None else rows.view(cast("sqlite3.Row", row))
