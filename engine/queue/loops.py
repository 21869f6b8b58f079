"""The queue's own loops: stage what is due, age, renew and rescue leases, prune the history."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.clock import Clock
    from engine.queue.sqlite_queue import SqliteQueue

LONGEST_NAP = 1.0
"""Seconds; the wall clock may jump, so a far due time is looked at again."""
PRUNE_SECONDS = 60.0


async def stager(queue: SqliteQueue, clock: Clock) -> None:
    """Make operations available when they are due."""
    while True:
        queue.scheduled.clear()
        due_in = await queue.stage()
        if due_in == 0:
            continue
        await _nap(queue, clock, LONGEST_NAP if due_in is None else min(due_in, LONGEST_NAP))


async def _nap(queue: SqliteQueue, clock: Clock, seconds: float) -> None:
    """Sleep, or until something new was scheduled."""
    waits = [
        asyncio.ensure_future(clock.sleep(seconds)),
        asyncio.ensure_future(queue.scheduled.wait()),
    ]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.wait(waits)  # raises no end of theirs, so that it can't be taken for ours


async def rescuer(queue: SqliteQueue, clock: Clock) -> None:
    """Renew our leases and return those that ran out."""
    while True:
        await clock.sleep(queue.config.lease_seconds / 3)
        await queue.heartbeat()
        await queue.rescue()


async def ager(queue: SqliteQueue, clock: Clock) -> None:
    """Let nothing wait for ever."""
    while True:
        await clock.sleep(queue.config.aging_seconds / 4)
        await queue.age()


async def pruner(queue: SqliteQueue, clock: Clock) -> None:
    """Keep the history within ``history_limit``."""
    while True:
        await queue.prune(queue.config.history_limit)
        await clock.sleep(PRUNE_SECONDS)
