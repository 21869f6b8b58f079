"""The queue in the same SQLite file as the tasks, so that both are written in one transaction."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from typing import TYPE_CHECKING

from engine.errors import QueueFullError
from engine.queue import rows, transitions
from engine.queue.statements import statement
from engine.snapshots import OperationView, QueueDepth

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from engine.clock import Clock, IdSource
    from engine.database.database import Database
    from engine.operations import Cancelled, Completed, Failed, NewOperation, Operation, Snooze
    from engine.service_config import ServiceConfiguration

STAGE_BATCH = 1000
"""Due operations made available in one transaction, so that a flood can't hold the writer."""


class SqliteQueue:
    """Implements :class:`engine.queue.port.OperationQueue`."""

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
        self._touched: set[str] = set()
        self._wake: dict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self.scheduled = asyncio.Event()
        """Set when something was scheduled for later, so that the stager looks again."""
        database.writer.after_commit = self._committed

    def enqueue_in(
        self, connection: sqlite3.Connection, operations: Sequence[NewOperation]
    ) -> list[int]:
        """Enqueue inside the caller's transaction: the outbox."""
        depth = connection.execute("SELECT coalesce(sum(depth), 0) FROM queue_depth").fetchone()[0]
        if depth + len(operations) > self.config.queue_limit:
            raise QueueFullError(
                f"the queue holds {depth:,} operations, its limit is {self.config.queue_limit:,}"
            )
        sql, now = statement("enqueue"), self._clock.now()
        found = [connection.execute(sql, self._values(new, now)).fetchone() for new in operations]
        self._touched.update(new.service for new in operations)
        return [row["id"] for row in found]

    def _values(self, new: NewOperation, now: float) -> dict[str, object]:
        return {
            "service": new.service,
            "kind": new.kind,
            "key": new.key,
            "payload": json.dumps(dict(new.payload)),
            "priority": int(new.priority),
            "delay": new.delay,
            "max_wait": new.max_wait if new.max_wait is not None else 10 * new.delay,
            "deadline": new.deadline,
            "max_attempts": new.max_attempts or self.config.max_retries + 1,
            "origin": new.origin,
            "now": now,
        }

    def _committed(self) -> None:
        if not self._touched:
            return
        for service in self._touched:
            self._wake[service].set()
        self._touched = set()
        self.scheduled.set()

    async def enqueue(self, operations: Sequence[NewOperation]) -> list[int]:
        """Store them in a transaction of their own."""
        return await self._database.write(lambda c: self.enqueue_in(c, operations))

    async def claim(self, service: str, limit: int) -> list[Operation]:
        """Lease up to ``limit`` due operations, best first."""
        values = {
            "service": service,
            "limit": limit,
            "owner": self._owner,
            "now": self._clock.now(),
            "lease": self.config.lease_seconds,
        }
        found = await self._database.write(
            lambda c: c.execute(statement("claim"), values).fetchall()
        )
        claimed = [rows.operation(row) for row in found]
        return sorted(claimed, key=lambda o: (o.priority, o.deadline, o.id))

    async def complete(self, operation: Operation, outcome: Completed) -> bool:
        """Move it to the history with its evidence."""
        now = self._clock.now()
        evidence = outcome.evidence
        return await self._settle(
            lambda c: transitions.finish(c, operation, "completed", evidence, now), operation
        )

    async def fail(self, operation: Operation, outcome: Failed) -> bool:
        """Schedule the next attempt in ``min(2**retries, cap)`` seconds, or give up."""
        # the exponent is bounded because 2**attempts as a float overflows at 1024
        seconds = min(2.0 ** min(operation.attempts + 1, 60), self.config.retry_cap_seconds)
        backoff, now = self._ids.jitter(seconds), self._clock.now()
        return await self._settle(
            lambda c: transitions.fail(c, operation, outcome, now, backoff), operation
        )

    async def snooze(self, operation: Operation, outcome: Snooze) -> bool:
        """Put it back; not an attempt."""
        now = self._clock.now()
        return await self._settle(
            lambda c: transitions.snooze(c, operation, outcome, now), operation
        )

    async def cancel(self, operation: Operation, outcome: Cancelled) -> bool:
        """Move it to the history with the reason."""
        now, reason = self._clock.now(), {"reason": outcome.reason}
        return await self._settle(
            lambda c: transitions.finish(c, operation, "cancelled", reason, now), operation
        )

    async def _settle(self, step: transitions.Step, operation: Operation) -> bool:
        def job(connection: sqlite3.Connection) -> bool:
            self._touched.add(operation.service)  # a key that was held back may go now
            return step(connection)

        return await self._database.write(job)

    async def cancel_waiting(self, operation_id: int, reason: str) -> bool:
        """Cancel one that waits."""
        now = self._clock.now()
        return await self._database.write(
            lambda c: transitions.cancel_waiting(c, operation_id, reason, now)
        )

    async def retry(self, operation_id: int) -> bool:
        """Bring a failed or cancelled one back."""
        now = self._clock.now()
        done = await self._database.write(lambda c: transitions.restore(c, operation_id, now))
        self.wake_all()
        return done

    async def heartbeat(self) -> int:
        """Renew the leases of everything this owner runs."""
        until = self._clock.now() + self.config.lease_seconds
        return await self._database.write(
            lambda c: (
                c.execute(
                    "UPDATE operations SET lease_until = ?"
                    " WHERE state = 'running' AND claimed_by = ?",
                    (until, self._owner),
                ).rowcount
            )
        )

    async def pause(self, service: str, reason: str) -> None:
        """Hand out nothing of this service; kept across restarts."""
        values = (service, reason, self._clock.now())
        await self._database.write(
            lambda c: c.execute("INSERT OR REPLACE INTO queue_pauses VALUES (?, ?, ?)", values)
        )

    async def resume(self, service: str) -> None:
        """Hand out again."""
        await self._database.write(
            lambda c: c.execute("DELETE FROM queue_pauses WHERE service = ?", (service,))
        )
        self.wake(service)

    async def stage(self) -> float | None:
        """Make what is due available; seconds until the next."""
        now = self._clock.now()
        touched, due = await self._database.write(lambda c: transitions.stage(c, now, STAGE_BATCH))
        for service in touched:
            self.wake(service)
        return None if due is None else max(0.0, due - now)

    async def rescue(self, *, all_others: bool = False) -> int:
        """Return lost operations; see :func:`transitions.rescue`."""
        now, limit = self._clock.now(), self.config.max_unclean_claims
        touched = await self._database.write(
            lambda c: transitions.rescue(c, now, self._owner, limit, all_others=all_others)
        )
        for service in touched:
            self.wake(service)
        return len(touched)

    async def prune(self, keep: int) -> int:
        """Forget the oldest finished operations beyond ``keep``."""
        return await self._database.write(
            lambda c: (
                c.execute(
                    "DELETE FROM finished_operations WHERE id IN (SELECT id FROM"
                    " finished_operations ORDER BY finished_at DESC, id DESC LIMIT -1 OFFSET ?)",
                    (keep,),
                ).rowcount
            )
        )

    async def stats(self) -> Mapping[str, QueueDepth]:
        """Depth by service, from counters the database keeps."""
        depths: dict[str, dict[str, int]] = defaultdict(dict)
        for row in await self._database.rows("SELECT service, state, depth FROM queue_depth"):
            depths[row["service"]][row["state"]] = row["depth"]
        for row in await self._database.rows(
            "SELECT service, count(*) AS depth FROM finished_operations"
            " WHERE state = 'failed' GROUP BY service"
        ):
            depths[row["service"]]["failed"] = row["depth"]
        return {service: QueueDepth(**states) for service, states in depths.items()}

    async def wait_for_work(self, service: str) -> None:
        """Return when the service was woken since the last time."""
        event = self._wake[service]
        await event.wait()
        event.clear()

    def wake(self, service: str) -> None:
        """Let the service look at the queue again."""
        self._wake[service].set()

    def wake_all(self) -> None:
        """Let every service look at the queue again."""
        for event in self._wake.values():
            event.set()

    async def view(
        self,
        *,
        service: str | None = None,
        state: str | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> list[OperationView]:
        """A page: running, available, scheduled, then the newest finished."""
        values = {"service": service, "state": state, "id": None}
        alive = await self._page("view", {**values, "limit": limit, "offset": offset})
        if len(alive) == limit:
            return alive
        counted = await self._database.row(
            "SELECT coalesce(sum(depth), 0) AS depth FROM queue_depth"
            " WHERE (:service IS NULL OR service = :service)"
            " AND (:state IS NULL OR state = :state)",
            values,  # type: ignore[arg-type]  # aiosqlite's stub leaves out named parameters
        )
        before = 0 if counted is None else counted["depth"]
        rest = {**values, "limit": limit - len(alive), "offset": max(0, offset - before)}
        return alive + await self._page("view_finished", rest)

    async def get(self, operation_id: int) -> OperationView | None:
        """One operation, alive or finished."""
        values = {"service": None, "state": None, "id": operation_id, "limit": 1, "offset": 0}
        found = await self._page("view", values) or await self._page("view_finished", values)
        return found[0] if found else None

    async def _page(self, name: str, values: Mapping[str, object]) -> list[OperationView]:
        found = await self._database.rows(statement(name), values)  # type: ignore[arg-type]  # as above
        return [rows.view(row) for row in found]
