"""The queue's own loops end when they are told to, whatever they are at."""

from __future__ import annotations

import asyncio

import pytest

from engine.queue.loops import stager
from tests.engine.queue.queues import S, depth, new


@pytest.mark.timeout(10)
@pytest.mark.parametrize("turns", range(12))
async def test_the_stager_ends_when_cancelled_just_as_it_was_woken(sqlite, clock, turns) -> None:
    queue = await sqlite.owner("one")
    loop = asyncio.create_task(stager(queue, clock))
    for _ in range(20):
        await asyncio.sleep(0)
    queue.scheduled.set()
    for _ in range(turns):
        await asyncio.sleep(0)
    loop.cancel()
    done, _ = await asyncio.wait({loop}, timeout=1)
    assert done, "the stop of the engine would wait for ever"


async def test_the_stager_wakes_for_what_is_scheduled_meanwhile(sqlite, clock) -> None:
    queue = await sqlite.owner("one")
    loop = asyncio.create_task(stager(queue, clock))
    await queue.enqueue([new("a", delay=0.5)])
    async with asyncio.timeout(5):
        while not (await depth(queue)).available:
            clock.advance(0.1)
            await asyncio.sleep(0.005)
    loop.cancel()
    await asyncio.wait({loop})
    assert queue.available(S) == 1
