"""How long the event loop is held: by the longest of its callbacks."""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Blocks:
    """The longest that one callback held the event loop, in seconds."""

    longest = 0.0
    busiest = 0.0
    """Of its thread's processor time, which does not count what other programs took from it."""


@contextmanager
def watched() -> Iterator[Blocks]:
    """Time every callback of the loop."""
    blocks, run = Blocks(), asyncio.Handle._run  # noqa: SLF001 - asyncio has no other place to look

    def timed(handle: asyncio.Handle) -> None:
        started, used = time.perf_counter(), time.thread_time()
        run(handle)
        blocks.longest = max(blocks.longest, time.perf_counter() - started)
        blocks.busiest = max(blocks.busiest, time.thread_time() - used)

    asyncio.Handle._run = timed  # type: ignore[method-assign]  # noqa: SLF001 - as above
    try:
        yield blocks
    finally:
        asyncio.Handle._run = run  # type: ignore[method-assign]  # noqa: SLF001 - as above
