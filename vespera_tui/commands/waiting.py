"""Waits until the engine is idle, and shows how far it is."""

from __future__ import annotations

import asyncio
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from vespera_tui.commands.exits import FAILED, FINE, NOT_IDLE
from vespera_tui.commands.text import complain, note

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from engine.api import EngineAPI
    from engine.snapshots import EngineStatus

POLL_SECONDS = 0.5
LINE_SECONDS = 5.0
PARITY_SECONDS, PARITY_SHARE = 1.0, 9.0
"""At least so long between two readings, and so many times what the last one took."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the engine is."""

    done: int
    """Operations finished since the engine started."""
    remaining: int
    failed: int
    rate: float
    """Operations a second, lately."""
    vectors: int
    expected: int
    """Vectors up to date, and how many there should be, as last read."""

    @property
    def total(self) -> int:
        """Operations, done or not."""
        return self.done + self.remaining

    @property
    def seconds_left(self) -> float | None:
        """At this rate; None while there is no rate."""
        return self.remaining / self.rate if self.rate > 0 else None

    def __str__(self) -> str:
        share = 100 * self.done // self.total if self.total else 100
        left = "" if self.seconds_left is None else f", about {self.seconds_left:.0f} s left"
        return (
            f"{share:3d} %  {self.done}/{self.total} operations, {self.rate:.1f}/s, "
            f"{self.vectors}/{self.expected} vectors{left}"
        )


def measure(status: EngineStatus) -> Progress:
    """The progress that a status tells."""
    services = status.services.values()
    failed = sum(s.metrics.operations_failed for s in services)
    vectors = status.parity.vectors
    return Progress(
        done=sum(s.metrics.operations_completed for s in services) + failed,
        remaining=sum(s.queue.scheduled + s.queue.available + s.queue.running for s in services),
        failed=failed,
        rate=sum(s.metrics.rate_per_second for s in services),
        vectors=vectors.current,
        expected=vectors.expected,
    )


class Display(Protocol):
    """Something that shows progress while it is open."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...
    def show(self, progress: Progress) -> None:
        """Show it, if it is time to."""


class Lines:
    """A plain line now and then, for logs and pipes."""

    def __init__(self) -> None:
        self._due = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is held."""

    def show(self, progress: Progress) -> None:
        """One line, at most every five seconds."""
        if time.monotonic() >= self._due:
            self._due = time.monotonic() + LINE_SECONDS
            note(progress)


def display() -> Display:
    """Bars on a terminal, lines elsewhere."""
    if not sys.stderr.isatty():
        return Lines()
    from vespera_tui.commands.bars import Bars  # noqa: PLC0415 - slow to import

    return Bars()


async def _read_parity(engine: EngineAPI) -> None:
    """Have the stores read again and again, so that the vectors shown are those that are there.

    Reading takes a tenth of the time at most, for it keeps the projections from their work.
    """
    while True:
        begun = time.monotonic()
        await engine.status()
        await asyncio.sleep(max(PARITY_SECONDS, PARITY_SHARE * (time.monotonic() - begun)))


async def wait_until_idle(engine: EngineAPI) -> int:
    """Wait and show; the exit code that tells how it ended."""
    waiting = asyncio.ensure_future(engine.wait_until_idle())
    reading = asyncio.ensure_future(_read_parity(engine))
    try:
        with display() as shown:
            while not waiting.done():
                shown.show(measure(await engine.status(parity=False)))
                await asyncio.wait({waiting, reading}, timeout=POLL_SECONDS)
                if reading.done():
                    reading.result()  # it ends by an error only
    finally:
        waiting.cancel()
        reading.cancel()
    report = await waiting
    end = measure(await engine.status())
    note(end)
    if not report.idle:
        reasons = "; ".join(report.waiting_for) or "the reason is not known"
        complain(f"{report.remaining} operations wait: {reasons}")
        return NOT_IDLE
    if end.failed:
        complain(f"{end.failed} operations failed; see vespera-tui status")
        return FAILED
    return FINE
