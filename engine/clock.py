"""The one source of time, ids and randomness, injected wherever any of them is needed."""

from __future__ import annotations

import asyncio
import random
import time
from typing import Protocol

ID_ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"
"""Digits and letters that can't be mistaken for one another when read aloud or copied."""


class Clock(Protocol):
    """What the engine needs to know of time. Times are Unix seconds."""

    def now(self) -> float:
        """Wall-clock time; it may jump."""

    def monotonic(self) -> float:
        """Seconds that only grow, for measuring durations."""

    async def sleep(self, seconds: float) -> None:
        """Let ``seconds`` pass."""


class SystemClock:
    """Real time."""

    def now(self) -> float:
        """Wall-clock time in Unix seconds."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds since an arbitrary start."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Sleep on the event loop."""
        await asyncio.sleep(seconds)


class IdSource:
    """Short ids that a person can repeat: ``t-`` and at least four unambiguous characters."""

    def __init__(self, rng: random.Random | None = None) -> None:
        self._rng = rng or random.SystemRandom()

    def task_id(self, length: int = 4) -> str:
        """A new id; the caller checks that it is free and asks for a longer one if it is not."""
        return "t-" + "".join(self._rng.choices(ID_ALPHABET, k=length))

    def jitter(self, seconds: float) -> float:
        """``seconds`` spread by up to a tenth either way, so that retries don't march in step."""
        return seconds * self._rng.uniform(0.9, 1.1)
