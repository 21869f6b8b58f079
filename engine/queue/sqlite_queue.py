"""The queue in the same SQLite file as the tasks, so that both are written in one transaction."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from engine.errors import QueueFullError
from engine.operation_views import OperationsPage
from engine.operations import ServicePriority
from engine.queue import age, claim, consumer, depths, failures, prune, rescue, settle, stage, steer
from engine.queue.arrivals import Arrivals
from engine.queue.conditions import simple
from engine.queue.encoding import encode
from engine.queue.enqueue import row, store
from engine.queue.pages import Pages, check
from engine.queue.retries import retry_seconds
from engine.queue.views import Views
from engine.queue.wakeups import Wakeups
from engine.snapshots import QueueDepth
from engine.stores.idempotency import once

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.clock import Clock, IdSource
    from engine.database.database import Database
    from engine.database.writer import WriterConnection
    from engine.operation_views import ErrorGroup, OperationsQuery, SteeringPreview
    from engine.operations import (
        NewOperation,
        Operation,
        OperationFilter,
        Steering,
    )
    from engine.queue.enqueue import Row
    from engine.queue.port import Consumer, Ended
    from engine.service_config import ServiceConfiguration
    from engine.snapshots import OperationView

HEADS = " UNION ALL ".join(
    "SELECT * FROM (SELECT run_at FROM operations WHERE state = 'available' AND service = ?1"
    f" AND rank = {rank} ORDER BY turn, id LIMIT 1)"
    for rank in (-1, *map(int, ServicePriority))
)
RENEW = """
UPDATE operations SET lease_until = ?
WHERE state = 'running' AND claimed_by = ? AND id IN (SELECT value FROM json_each(?))
"""
# the first term says that the partial index will do
OVERDUE = "deadline < 1e18 AND deadline < ?"


class SqliteQueue:
    """Implements :class:`engine.queue.port.PullQueue`; :meth:`open` it first."""

    def __init__(
        self,
        database: Database,
        config: ServiceConfiguration,
        *,
        clock: Clock,
        ids: IdSource,
        owner: str,
    ) -> None:
        self._database, self._clock, self._ids, self._owner = database, clock, ids, owner
        self.config = config
        self._depths = depths.Depths()
        self._views = Views(database, self._depths)
        self._short_views = Views(database, self._depths, short=True)
        self._pages = Pages(database, self._depths)
        self._arrivals = Arrivals(database)
        self._pauses: dict[str, str] = {}
        self._held: set[tuple[int, int]] = set()
        """Id and claim of what is being worked on here: only those leases are renewed."""
        self._wakeups = Wakeups()
        self.scheduled = asyncio.Event()
        """Set when something was scheduled for later, so that the stager looks again."""

    async def open(self) -> None:
        """Read how much there is; from then on it is counted along."""
        self._depths.load(await self._database.rows(depths.COUNT))
        for found in await self._database.rows("SELECT service, reason FROM queue_pauses"):
            self._pauses[found["service"]] = found["reason"]
        self._database.writer.listeners.append(self._committed)

    def _committed(self, effects: Mapping[tuple[str, ...], int]) -> None:
        self._depths.apply(effects)
        for service, before, after in effects:
            if after == "available" or before == "running":  # a key held back may go now
                self.wake(service)
            if after == "scheduled":
                self.scheduled.set()

    # -- in

    def enqueue_in(
        self, connection: WriterConnection, operations: Sequence[NewOperation]
    ) -> list[int]:
        """Enqueue inside the caller's transaction: the outbox. QueueFullError."""
        pending = sum(
            number for (_, before, *_), number in connection.effects.items() if not before
        )
        return store(connection, self._rows(operations, pending))

    async def enqueue(self, operations: Sequence[NewOperation]) -> list[int]:
        """Store them, with what others enqueue in the same moment."""
        job = once(lambda c: self.enqueue_in(c, operations), self._clock.now())
        if job is not None:
            return await self._database.write(job)
        return await self._arrivals.store(self._rows(operations, self._arrivals.pending))

    def _rows(self, operations: Sequence[NewOperation], pending: int) -> list[Row]:
        alive, config = self._depths.alive + pending, self.config
        if alive + len(operations) > config.queue_limit:
            raise QueueFullError(
                f"the queue holds {alive:,} operations, its limit is {config.queue_limit:,};"
                " wait until some are done, or raise queue_limit"
            )
        now = self._clock.now()
        return [row(new, now, config.retries(new.service) + 1) for new in operations]

    # -- out

    async def run(self, service: str, worker: Consumer) -> None:
        """Deliver until the consumer takes no more."""
        await consumer.consume(self, service, worker)

    async def claim(self, service: str, limit: int) -> list[Operation]:
        """Lease up to ``limit`` due operations, best first; none while the service is paused."""
        if service in self._pauses or not self._depths.of(service, "available"):
            return []
        now, lease = self._clock.now(), self.config.lease_seconds
        claimed = await self._database.write(
            lambda c: claim.claim(c, service, limit, self._owner, now, lease),
            lazy=True,  # undone, it is available again, as after any crash
        )
        self._held.update((operation.id, operation.claims) for operation in claimed)
        return claimed

    async def settle(self, ended: Ended) -> list[bool]:
        """Apply outcomes in one transaction. Should that fail, their leases run out."""
        self._held.difference_update((operation.id, operation.claims) for operation, _ in ended)
        now = self._clock.now()
        retry = partial(retry_seconds, ids=self._ids, cap=self.config.retry_cap_seconds)
        return await self._database.write(lambda c: settle.settle(c, ended, now, retry))

    def calls(self, service: str) -> int:
        """How often the service was woken; read it before a claim, then wait with it."""
        return self._wakeups.count(service)

    async def wait_for_work(self, service: str, since: int) -> None:
        """Return when the service was woken since."""
        await self._wakeups.wait(service, since)

    def wake(self, service: str) -> None:
        """Let the service look at the queue again."""
        self._wakeups.wake(service)

    # -- along

    async def stage(self) -> float | None:
        """Make what is due available; seconds until the next."""
        if not self._any("scheduled"):
            return None
        now = self._clock.now()
        due = await self._database.write(lambda c: stage.stage(c, now), lazy=True)
        return None if due is None else max(0.0, due - now)

    def _any(self, state: str) -> bool:
        return any(self._depths.of(service, state) for service in self._depths.services())

    async def age(self) -> int:
        """Move up what has waited for ``aging_seconds`` a rank."""
        waiting = [s for s in self._depths.services() if self._depths.of(s, "available")]
        if not waiting:
            return 0
        now, seconds = self._clock.now(), self.config.aging_seconds
        return await self._database.write(lambda c: age.age(c, waiting, now, seconds), lazy=True)

    async def heartbeat(self) -> int:
        """Renew the leases of everything this owner runs."""
        if not self._held:
            return 0
        until = self._clock.now() + self.config.lease_seconds
        held = encode([id_ for id_, _ in self._held])
        return await self._database.write(
            lambda c: c.execute(RENEW, (until, self._owner, held)).rowcount, lazy=True
        )

    async def rescue(self, *, all_others: bool = False) -> int:
        """Return lost operations; see :func:`engine.queue.rescue.rescue`."""
        if not self._any("running"):
            return 0
        now, limit = self._clock.now(), self.config.max_unclean_claims
        return await self._database.write(
            lambda c: rescue.rescue(c, now, self._owner, limit, all_others=all_others)
        )

    async def prune(self, keep: int) -> int:
        """Forget the oldest finished operations beyond ``keep``, a step a transaction."""
        gone = 0
        while (excess := self._depths.finished - keep) > 0:
            removed = await self._database.write(partial(prune.prune, excess=excess))
            if not removed:
                break
            gone += removed
        return gone

    # -- by hand

    async def steer(
        self,
        how: Steering,
        which: OperationFilter,
        *,
        reason: str = "",
        priority: ServicePriority | None = None,
    ) -> list[int]:
        """Do that to all that match, a step a transaction; the ids of those touched."""
        touched: list[int] = []
        now = self._clock.now()
        step = partial(steer.steer, how=how, which=which, now=now, reason=reason, priority=priority)
        while changed := await self._database.write(once(step, now) or step):
            touched += changed
        return touched

    async def pause(self, service: str, reason: str) -> int:
        """Hand out nothing of this service; kept across restarts."""
        values = (service, reason, self._clock.now())
        await self._database.write(
            lambda c: c.execute("INSERT OR REPLACE INTO queue_pauses VALUES (?, ?, ?)", values)
        )
        self._pauses[service] = reason
        return self._waiting(service)

    async def resume(self, service: str) -> int:
        """Hand out again."""
        await self._database.write(
            lambda c: c.execute("DELETE FROM queue_pauses WHERE service = ?", (service,))
        )
        self._pauses.pop(service, None)
        self.wake(service)
        return self._waiting(service)

    def pauses(self) -> Mapping[str, str]:
        """Why, for each paused service."""
        return dict(self._pauses)

    def _waiting(self, service: str) -> int:
        return self._depths.of(service, "available") + self._depths.of(service, "scheduled")

    # -- to look at

    async def stats(self) -> Mapping[str, QueueDepth]:
        """Depth by service, mostly from counters."""
        parked = await self._numbers("parked = 1")
        overdue = await self._numbers(OVERDUE, self._clock.now())
        return {
            service: QueueDepth(
                **{
                    state: self._depths.of(service, state)
                    for state in ("scheduled", "available", "running", "failed")
                },
                parked=parked.get(service, 0),
                overdue=overdue.get(service, 0),
            )
            for service in self._depths.services()
        }

    async def _numbers(self, condition: str, *values: object) -> dict[str, int]:
        found = await self._database.rows(
            f"SELECT service, count(*) AS number FROM operations WHERE {condition}"
            " GROUP BY service",
            values,
        )
        return {row["service"]: row["number"] for row in found}

    def available(self, service: str) -> int:
        """How many of a service's operations are due and wait."""
        return self._depths.of(service, "available")

    async def due_since(self, service: str) -> float | None:
        """Since when the operation that waits longest has been due, in Unix seconds.

        Only the head of each rank is looked at: behind it stands what came later, or what has a
        deadline that is further off.
        """
        found = await self._database.rows(HEADS, (service,))
        return min((row["run_at"] for row in found), default=None)

    async def view(
        self,
        *,
        service: str | None = None,
        state: str | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> list[OperationView]:
        """A page: running, available, paused, scheduled, then the newest finished."""
        return await self._views.page(service, state, limit, offset)

    async def page(self, query: OperationsQuery) -> OperationsPage:
        """A filtered and sorted part of all operations. InvalidInputError."""
        which = query.which
        if query.sort or query.descending or not simple(which):
            return await self._pages.page(query)
        check(query)
        wanted = (which.service, which.state, query.limit, query.offset)
        views = await self._short_views.page(*wanted)
        total = await self._pages.total(which)
        return OperationsPage(tuple(views), total, query.offset)

    async def preview(
        self,
        how: Steering,
        which: OperationFilter,
        *,
        priority: ServicePriority | None = None,
        limit: int = 1000,
    ) -> SteeringPreview:
        """What steering would touch now, with the first ``limit`` ids."""
        return await self._pages.preview(how, which, priority, limit)

    async def error_groups(self, limit: int = 100) -> list[ErrorGroup]:
        """Failed operations by fingerprint, the one that failed last first."""
        now = self._clock.now()
        return await self._database.read(lambda c: failures.groups(c, now, limit))

    async def get(self, operation_id: int) -> OperationView | None:
        """One operation, alive or finished."""
        return await self._views.get(operation_id)
