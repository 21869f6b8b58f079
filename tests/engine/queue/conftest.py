from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engine.service_config import ServiceConfiguration
from tests.engine.queue.queues import MemoryQueues, PushQueue, SqliteQueues

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from engine.queue.port import OperationQueue, PullQueue

    Queues = SqliteQueues | MemoryQueues
    Opener = Callable[..., Awaitable[Queues]]


@pytest.fixture
async def make(tmp_path: Path, clock, ids) -> AsyncIterator[Callable[..., Awaitable[Queues]]]:
    """Makes the queues of a kind with settings other than the defaults; closed afterwards."""
    opened: list[Queues] = []

    async def opener(kind: str, **settings) -> Queues:
        config = ServiceConfiguration(data_dir=tmp_path, **settings)
        queues = (
            SqliteQueues(tmp_path, config, clock, ids)
            if kind == "sqlite"
            else MemoryQueues(config, clock, ids)
        )
        await queues.open()
        opened.append(queues)
        return queues

    yield opener
    for queues in opened:
        await queues.close()


@pytest.fixture(params=["sqlite", "memory"])
def kind(request) -> str:
    return request.param


@pytest.fixture
async def queues(kind: str, make: Opener) -> Queues:
    return await make(kind)


@pytest.fixture
async def queue(queues: Queues) -> PullQueue:
    return await queues.owner("one")


@pytest.fixture
async def sqlite(make: Opener) -> SqliteQueues:
    return await make("sqlite")


@pytest.fixture(params=["sqlite", "memory", "push"])
async def delivering(request, make: Opener) -> OperationQueue:
    """A queue known by :class:`OperationQueue` alone."""
    queues = await make("memory" if request.param == "push" else request.param)
    queue = await queues.owner("one")
    return PushQueue(queue) if request.param == "push" else queue
