"""What changes something beside what changes something."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Turns:
    """Changes go on beside each other, for each is meant for what the cursor was on.

    Taking back has no such aim: it waits for all that was begun before, or what is begun last
    might not be what is taken back, and of two that are taken back the first might come last.
    """

    def __init__(self) -> None:
        self._begun: list[asyncio.Event] = []

    @asynccontextmanager
    async def turn(self, *, waits: bool) -> AsyncIterator[None]:
        """The block is under way; if it ``waits``, when all begun before it is done."""
        before, done = tuple(self._begun), asyncio.Event()
        self._begun.append(done)
        try:
            for each in before if waits else ():
                await each.wait()
            yield
        finally:
            self._begun.remove(done)
            done.set()
