from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from engine.errors import DataDirectoryError
from engine.monitoring.events import EventLog
from engine.supervision import MAX_CRASHES, STABLE_SECONDS, supervise


class Loop:
    """Crashes after living as long as it is told, then waits to be asked again."""

    def __init__(self, clock, ids) -> None:
        self.clock, self.ids = clock, ids
        self.events = EventLog(clock)
        self.starts = 0
        self.lives: list[float] = []
        self.gave_up = ""
        self.unexpected: Counter[str] = Counter()
        self.error: Exception = ValueError("boom")

    async def run(self) -> None:
        self.starts += 1
        if not self.lives:
            return
        self.clock.time += self.lives.pop(0)
        raise self.error

    def _note(self, why: str) -> None:
        self.gave_up = why

    async def supervised(self, *lives: float) -> None:
        self.lives = list(lives)
        task = asyncio.ensure_future(
            supervise(
                "looping",
                self.run,
                clock=self.clock,
                ids=self.ids,
                events=self.events,
                gave_up=self._note,
                unexpected=self.unexpected,
            )
        )
        while not task.done():
            await asyncio.sleep(0)
            self.clock.advance(40.0)
        await task


@pytest.fixture
def loop(clock, ids) -> Loop:
    return Loop(clock, ids)


async def test_a_loop_that_returns_is_over(loop: Loop) -> None:
    await loop.supervised()
    assert (loop.starts, loop.gave_up) == (1, "")


async def test_a_crash_restarts_it_and_is_told(loop: Loop) -> None:
    await loop.supervised(1.0, 1.0)
    assert (loop.starts, loop.gave_up) == (3, "")
    told = loop.events.after(0, 10)
    assert [event.kind for event in told] == ["loop.crashed"] * 2
    assert "ValueError: boom" in told[0].message
    assert loop.unexpected == {"looping": 2}


async def test_one_that_keeps_crashing_is_given_up(loop: Loop) -> None:
    await loop.supervised(*[1.0] * 20)
    assert loop.starts == MAX_CRASHES
    assert loop.gave_up == "crashed 5 times in a row: ValueError: boom; restart the engine"


async def test_stable_running_is_forgiven(loop: Loop) -> None:
    await loop.supervised(*[1.0] * 4, STABLE_SECONDS + 1, *[1.0] * 3)
    assert (loop.starts, loop.gave_up) == (9, "")


async def test_a_store_that_can_not_be_written_is_waited_for(loop: Loop) -> None:
    loop.error = DataDirectoryError("vespera.db: database or disk is full; nothing was written")
    await loop.supervised(*[1.0] * 20)
    assert (loop.starts, loop.gave_up) == (21, "")
    assert {event.kind for event in loop.events.after(0, 100)} == {"store.unwritable"}
    assert not loop.unexpected
