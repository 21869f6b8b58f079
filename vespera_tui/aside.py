"""What takes a while is found out beside the feed, which shows the rest meanwhile."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Hashable

T = TypeVar("T")


class Aside(Generic[T]):
    """The latest answer to the latest question; ``told`` is called when one has come."""

    def __init__(self, told: Callable[[], object]) -> None:
        self._told = told
        self._key: Hashable = None
        self._task: asyncio.Task[T] | None = None
        self._last: T | None = None
        self._at = 0.0

    def look(
        self,
        key: Hashable,
        make: Callable[[], Coroutine[Any, Any, T]],
        *,
        now: float,
        again: float,
    ) -> T | None:
        """The answer to ``key`` if it is there, else None, and ``make`` is begun.

        It is made anew when it is older than ``again`` seconds; the old one stands meanwhile, also
        when that raised something, which is raised again until then.
        """
        if self._task is None or key != self._key:
            self.stop()
            self._key, self._last = key, None
            self._begin(make, now)
        elif self._task.done():
            done = self._task
            if now - self._at >= again:
                self._begin(make, now)
            self._last = done.result()
        return self._last

    def stop(self) -> None:
        """Nobody wants the answer any more."""
        if self._task is not None:
            self._task.cancel()
        self._task = None

    def _begin(self, make: Callable[[], Coroutine[Any, Any, T]], now: float) -> None:
        self._at = now
        self._task = asyncio.create_task(make())
        self._task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[T]) -> None:
        if not task.cancelled() and task is self._task:
            self._told()
