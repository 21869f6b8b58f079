"""Bringing work from a queue that is asked to whoever does it."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

from engine.operations import Snooze

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from engine.operations import Operation
    from engine.queue.port import Consumer, PullQueue


async def consume(queue: PullQueue, service: str, consumer: Consumer) -> None:
    """Claim, hand over and settle until the consumer takes no more."""
    while limit := await consumer.ready():
        seen = queue.calls(service)
        claimed = await _claim(queue, service, limit)
        if claimed:
            await _deliver(queue, consumer, claimed)
        else:
            await queue.wait_for_work(service, seen)


async def _claim(queue: PullQueue, service: str, limit: int) -> Sequence[Operation]:
    claiming = asyncio.ensure_future(queue.claim(service, limit))
    try:
        return await asyncio.shield(claiming)
    except asyncio.CancelledError:  # a claim under way is made all the same
        await asyncio.shield(asyncio.ensure_future(_hand_back(queue, claiming)))
        raise


async def _hand_back(queue: PullQueue, claiming: Awaitable[Sequence[Operation]]) -> None:
    back = [(operation, Snooze(0, "")) for operation in await claiming]
    if back:
        await queue.settle(back)


async def _deliver(queue: PullQueue, consumer: Consumer, claimed: Sequence[Operation]) -> None:
    left = {operation.id: operation for operation in claimed}
    try:
        async with aclosing(consumer.take(claimed)) as outcomes:  # type: ignore[type-var]  # an iterator that is a generator
            async for ended in outcomes:
                settling = asyncio.ensure_future(queue.settle(ended))
                for operation, _ in ended:
                    del left[operation.id]
                consumer.settled(ended, await asyncio.shield(settling))
    finally:
        # stopped or crashed in the middle: not an attempt, and the next one is free to take it
        if left:
            back = [(operation, Snooze(0, "")) for operation in left.values()]
            await asyncio.shield(asyncio.ensure_future(queue.settle(back)))
