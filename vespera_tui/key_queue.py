"""Keys one after the other: each is done with before the next is looked at.

Textual hands a key to what has the focus when it comes, and takes the next. Over a slow line, or
from one who knows the keys by heart, several come at once, and all would go to what is shown before
the first has opened a menu or changed the screen. So the others wait here, also while an action is
on its way to its question.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from textual import events
    from textual.app import App
    from textual.message_pump import MessagePump

    Typed = events.Key | events.Paste

LONGEST_PASSAGE = 1.0
"""Seconds after which a key counts as done with, whatever became of it."""
LONGEST_HOLD = 1.0
"""Seconds that keys wait for a question; whoever waits longer sees that none is there."""


class KeyQueue:
    """``pass_on`` is Textual's own handling of a key; ``lost`` is told of those dropped."""

    def __init__(
        self,
        app: App[None],
        pass_on: Callable[[events.Event], Awaitable[None]],
        lost: Callable[[Sequence[Typed]], None],
    ) -> None:
        self._app, self._pass_on, self._lost = app, pass_on, lost
        self._waiting: deque[Typed] = deque()
        self._passing: asyncio.TimerHandle | None = None
        self._holding: asyncio.TimerHandle | None = None
        self._last = 0.0

    async def take(self, event: Typed) -> None:
        """Handle ``event`` when those before it are done with."""
        self._last = time.monotonic()
        self._waiting.append(event)
        await self._go_on()

    def hold(self) -> None:
        """A question is on its way: what is typed from now on is for it."""
        self._end_hold()
        self._holding = asyncio.get_running_loop().call_later(LONGEST_HOLD, self.drop)

    def release(self) -> None:
        """The question is there, or will not come."""
        if self._end_hold():
            self._app.call_later(self._go_on)

    def drop(self) -> None:
        """What was typed ahead had counted on what did not happen.

        Vim, emacs and mutt throw it away then too, with a bell: its keys mean something else now.
        """
        lost = [*self._waiting]
        self._waiting.clear()
        self.release()
        if lost:
            self._lost(lost)

    @property
    def holds(self) -> bool:
        """Whether a question is on its way."""
        return self._holding is not None

    def quiet_for(self, seconds: float) -> bool:
        """Whether nothing was typed for so long."""
        return time.monotonic() - self._last >= seconds

    async def quiet(self, seconds: float) -> None:
        """Wait until nothing was typed for so long."""
        while not self.quiet_for(seconds):  # noqa: ASYNC110 - nothing tells that nothing comes
            await asyncio.sleep(seconds)

    @property
    def idle(self) -> bool:
        """Whether no key waits or is under way."""
        return not (self._waiting or self._passing or self.holds)

    def _end_hold(self) -> bool:
        held, self._holding = self._holding, None
        if held is not None:
            held.cancel()
        return held is not None

    async def _go_on(self) -> None:
        while self._waiting and self._passing is None and not self.holds:
            event = self._waiting.popleft()
            target = self._app.focused or self._app.screen
            await self._pass_on(event)
            if event.is_forwarded:
                # twice: what the key did may have sent a message the same way
                self._follow([*target.ancestors_with_self] * 2)

    def _follow(self, way: Sequence[MessagePump]) -> None:
        """A mark goes the way of the key, from what has the focus up to the app, behind it."""
        loop = asyncio.get_running_loop()
        self._passing = passing = loop.call_later(LONGEST_PASSAGE, self._arrived_late)
        self._mark(way, passing)

    def _mark(self, way: Sequence[MessagePump], passing: asyncio.TimerHandle) -> None:
        for number, node in enumerate(way, 1):  # one that is closing takes no mark
            if node.call_later(self._mark, way[number:], passing):
                return
        if passing is self._passing:
            passing.cancel()
            self._passing = None
            self._app.call_later(self._go_on)

    def _arrived_late(self) -> None:
        self._passing = None
        self._app.call_later(self._go_on)
