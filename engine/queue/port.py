"""What any durable queue must offer; the contract suite in the tests decides what satisfies it.

:class:`OperationQueue` is all that the engine uses. A queue that is asked for work (SQLite, memory)
also has the steps of :class:`PullQueue`, and gets its :meth:`OperationQueue.run` from
:func:`engine.queue.consumer.consume`. One that pushes work (PostgreSQL's notifications) implements
``run`` by itself and needs none of those steps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

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
        Outcome,
        ServicePriority,
        Steering,
    )
    from engine.snapshots import OperationView, QueueDepth

    Ended = Sequence[tuple[Operation, Outcome]]


class Consumer(Protocol):
    """Does the work of one service."""

    async def ready(self) -> int:
        """Wait until more can be taken; how many at most. 0: never again."""

    def take(self, operations: Sequence[Operation]) -> AsyncIterator[Ended]:
        """Work on them; outcomes as soon as they are known, each operation's once."""

    def settled(self, ended: Ended, held: Sequence[bool]) -> None:
        """The outcomes are in the queue; not ``held``: the claim was no longer this one's."""


class OperationQueue(Protocol):
    """Durable operations that are delivered at least once and take effect once."""

    async def enqueue(self, operations: Sequence[NewOperation]) -> list[int]:
        """Store them; the ids, in order. Equal ones that wait become one. QueueFullError."""

    async def run(self, service: str, consumer: Consumer) -> None:
        """Deliver a service's operations, best first, until the consumer takes no more.

        Cancelled, it hands what was not settled back: not an attempt. May run several times at
        once for a service: a key is never delivered twice at the same time.
        """

    async def steer(
        self,
        how: Steering,
        which: OperationFilter,
        *,
        reason: str = "",
        priority: ServicePriority | None = None,
    ) -> list[int]:
        """Do that to all that match and do not run; the ids of those touched."""

    async def pause(self, service: str, reason: str) -> int:
        """Deliver nothing of this service until resumed, restarts included; how many wait."""

    async def resume(self, service: str) -> int:
        """Deliver again; how many wait."""

    def pauses(self) -> Mapping[str, str]:
        """Why, for each paused service."""

    async def stats(self) -> Mapping[str, QueueDepth]:
        """Depth by service."""

    def available(self, service: str) -> int:
        """How many of a service's operations are due and wait."""

    async def due_since(self, service: str) -> float | None:
        """Since when the operation that waits longest has been due, in Unix seconds."""

    def wake(self, service: str) -> None:
        """Let the consumers of a service look at the queue again."""

    async def view(
        self,
        *,
        service: str | None = None,
        state: str | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> list[OperationView]:
        """A page for people: running, available, paused, scheduled, then the newest finished."""

    async def page(self, query: OperationsQuery) -> OperationsPage:
        """A filtered and sorted part of all operations. InvalidInputError."""

    async def preview(
        self,
        how: Steering,
        which: OperationFilter,
        *,
        priority: ServicePriority | None = None,
        limit: int = 1000,
    ) -> SteeringPreview:
        """What steering would touch now, with the first ``limit`` ids."""

    async def error_groups(self, limit: int = 100) -> list[ErrorGroup]:
        """Failed operations by fingerprint, the one that failed last first."""

    async def get(self, operation_id: int) -> OperationView | None:
        """One operation, alive or finished."""


class PullQueue(OperationQueue, Protocol):
    """The steps by which a queue that is asked moves operations; each is safe to repeat."""

    async def claim(self, service: str, limit: int) -> list[Operation]:
        """Up to ``limit`` due operations of a service, best first, leased to this owner."""

    async def settle(self, ended: Ended) -> list[bool]:
        """Apply outcomes; False for each whose claim number is not the current one."""

    async def stage(self) -> float | None:
        """Make due operations available; seconds until the next is due, None if none waits."""

    async def age(self) -> int:
        """Move up what has waited long; how many."""

    async def heartbeat(self) -> int:
        """Renew the leases of all that this owner runs; how many."""

    async def rescue(self, *, all_others: bool = False) -> int:
        """Return operations whose lease ran out (or all of other owners) to the queue."""

    async def prune(self, keep: int) -> int:
        """Forget the oldest finished operations beyond ``keep``; how many."""

    def calls(self, service: str) -> int:
        """How often the service was woken; read it before a claim, then wait with it."""

    async def wait_for_work(self, service: str, since: int) -> None:
        """Return when it was woken since: it may have something to claim."""
