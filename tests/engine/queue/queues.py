"""What the queue's tests share: makers of queues, a queue that pushes, and a worker."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

from engine.database.database import Database
from engine.operations import Completed, NewOperation, Snooze
from engine.queue.memory_queue import MemoryQueue
from engine.queue.sqlite_queue import SqliteQueue
from engine.snapshots import QueueDepth

if TYPE_CHECKING:
    from pathlib import Path

    from engine.clock import Clock, IdSource
    from engine.queue.port import OperationQueue, PullQueue
    from engine.service_config import ServiceConfiguration

S = "incremental_sync"
EMBEDDING = "auto_embedding"


def new(key: str | None = "t-1", kind: str = "sync_task", service: str = S, **fields):
    return NewOperation(service, kind, key, **fields)


async def depth(queue: OperationQueue, service: str = S) -> QueueDepth:
    return (await queue.stats()).get(service, QueueDepth())


async def keys(queue: PullQueue, limit: int = 10, service: str = S) -> list[str | None]:
    return [operation.key for operation in await queue.claim(service, limit)]


async def settle_one(queue: PullQueue, operation, outcome) -> bool:
    (held,) = await queue.settle([(operation, outcome)])
    return held


class SqliteQueues:
    """Owners of one file."""

    durable = True

    def __init__(
        self, folder: Path, config: ServiceConfiguration, clock: Clock, ids: IdSource
    ) -> None:
        self.config, self.clock, self.ids = config, clock, ids
        self._folder = folder
        self.database = Database(folder, synchronous="normal")

    async def owner(self, name: str) -> SqliteQueue:
        queue = SqliteQueue(self.database, self.config, clock=self.clock, ids=self.ids, owner=name)
        await queue.open()
        return queue

    async def open(self) -> None:
        await self.database.open()

    async def close(self) -> None:
        await self.database.close()

    async def reopen(self) -> None:
        """As after the end of the process: a new connection to the file."""
        await self.close()
        self.database = Database(self._folder, synchronous="normal")
        await self.open()


class MemoryQueues:
    """Owners of one store in memory."""

    def __init__(self, config: ServiceConfiguration, clock: Clock, ids: IdSource) -> None:
        self.config, self.clock, self.ids = config, clock, ids
        self._store = None

    async def owner(self, name: str) -> MemoryQueue:
        queue = MemoryQueue(
            self.config, clock=self.clock, ids=self.ids, owner=name, store=self._store
        )
        self._store = queue.store
        return queue

    async def open(self) -> None:
        pass

    async def close(self) -> None:
        pass

    async def reopen(self) -> None:
        pass  # the store is handed on to the next owner


class PushQueue:
    """An :class:`OperationQueue` and no more: a dispatcher pushes each operation as it comes."""

    def __init__(self, inner: MemoryQueue) -> None:
        self._inner = inner
        for name in (
            "enqueue",
            "steer",
            "pause",
            "resume",
            "pauses",
            "stats",
            "available",
            "due_since",
            "wake",
            "view",
            "get",
        ):
            setattr(self, name, getattr(inner, name))

    async def run(self, service: str, consumer) -> None:
        dispatcher = asyncio.create_task(self._dispatch(service, consumer))
        try:
            await dispatcher
        finally:
            dispatcher.cancel()
            await asyncio.wait({dispatcher})

    async def _dispatch(self, service: str, consumer) -> None:
        left = {}
        try:
            async with asyncio.TaskGroup() as deliveries:
                while limit := await consumer.ready():
                    seen = self._inner.calls(service)
                    pushed = await self._inner.claim(service, limit)
                    left |= {operation.id: operation for operation in pushed}
                    for operation in pushed:  # not awaited: the next may be pushed meanwhile
                        deliveries.create_task(self._deliver(consumer, operation, left))
                    if not pushed:
                        await self._inner.wait_for_work(service, seen)
        finally:
            await self._inner.settle([(operation, Snooze(0, "")) for operation in left.values()])

    async def _deliver(self, consumer, operation, left) -> None:
        async with aclosing(consumer.take([operation])) as outcomes:
            async for ended in outcomes:
                del left[operation.id]
                consumer.settled(ended, await self._inner.settle(ended))


class Worker:
    """A consumer that notes what happens; it ends after ``enough`` outcomes."""

    def __init__(self, enough: int = 1, *, limit: int = 10, outcome=None, hold=None) -> None:
        self.enough, self.limit = enough, limit
        self.outcome = outcome or (lambda operation: Completed({"key": operation.key}))
        self.hold = hold
        """An event; the work does not go on before it is set."""
        self.taken: list[str | None] = []
        self.running: list[str | None] = []
        self.ended: list[tuple[object, object, bool]] = []
        self.started = asyncio.Event()
        self.stopped = False

    async def ready(self) -> int:
        return 0 if self.stopped else self.limit

    async def take(self, operations):
        self.running += [operation.key for operation in operations]
        try:
            for operation in operations:
                self.taken.append(operation.key)
                self.started.set()
                if self.hold is not None:
                    await self.hold.wait()
                yield [(operation, self.outcome(operation))]
        finally:
            for operation in operations:
                self.running.remove(operation.key)

    def settled(self, ended, held) -> None:
        for (operation, outcome), mine in zip(ended, held, strict=True):
            self.ended.append((operation, outcome, mine))
        self.stopped = len(self.ended) >= self.enough
