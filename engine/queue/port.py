"""What any durable queue must offer; the contract suite in the tests decides what satisfies it.

An engine that pushes work (PostgreSQL's notifications) implements ``wait_for_work`` by listening.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.operations import Cancelled, Completed, Failed, NewOperation, Operation, Snooze
    from engine.snapshots import OperationView, QueueDepth


class OperationQueue(Protocol):
    """Durable operations. Every acknowledgement is fenced by the operation's claim number."""

    async def enqueue(self, operations: Sequence[NewOperation]) -> list[int]:
        """Store them; the ids, in order. Equal ones that wait become one. QueueFullError."""

    async def claim(self, service: str, limit: int) -> list[Operation]:
        """Up to ``limit`` due operations of a service, best first, leased to this owner."""

    async def complete(self, operation: Operation, outcome: Completed) -> bool:
        """It took effect. False (here and below) when the claim is no longer this one."""

    async def fail(self, operation: Operation, outcome: Failed) -> bool:
        """It failed: scheduled again with backoff, or ``failed`` after its last attempt."""

    async def snooze(self, operation: Operation, outcome: Snooze) -> bool:
        """Not now; not counted as an attempt."""

    async def cancel(self, operation: Operation, outcome: Cancelled) -> bool:
        """A running operation turned out to be pointless."""

    async def cancel_waiting(self, operation_id: int, reason: str) -> bool:
        """Cancel one that waits; False when it runs or is finished."""

    async def retry(self, operation_id: int) -> bool:
        """Queue a failed or cancelled one again, with fresh attempts."""

    async def heartbeat(self) -> int:
        """Renew the leases of all this owner runs; how many."""

    async def pause(self, service: str, reason: str) -> None:
        """Hand out nothing of this service until resumed; survives a restart."""

    async def resume(self, service: str) -> None:
        """Hand out again."""

    async def stage(self) -> float | None:
        """Make due operations available; seconds until the next is due, None if none waits."""

    async def rescue(self, *, all_others: bool = False) -> int:
        """Return operations whose lease ran out (or all of other owners) to the queue."""

    async def prune(self, keep: int) -> int:
        """Forget the oldest finished operations beyond ``keep``; how many."""

    async def stats(self) -> Mapping[str, QueueDepth]:
        """Depth by service."""

    async def wait_for_work(self, service: str) -> None:
        """Return when this service may have something to claim."""

    async def view(
        self, *, service: str | None, state: str | None, limit: int, offset: int
    ) -> list[OperationView]:
        """A page for people: running, available, scheduled, then the newest finished."""

    async def get(self, operation_id: int) -> OperationView | None:
        """One operation, alive or finished."""
