"""A demonstration that notes what it is asked, for tests of the screen."""

from __future__ import annotations

import inspect
from collections import Counter
from contextlib import asynccontextmanager
from contextvars import ContextVar
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

from engine.api import EngineAPI
from tests.vespera_tui.waiting import until
from vespera_tui.demo import DemoEngine, FixedClock
from vespera_tui.demo.pictures import look, still_app
from widgets.service_card import ServiceCard

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator, Callable

    from textual.pilot import Pilot

    from engine.clock import Clock
    from engine.snapshots import EngineStatus

CALLS = {
    name: inspect.signature(call)
    for name, call in vars(EngineAPI).items()
    if inspect.iscoroutinefunction(call)
}
INSIDE = ContextVar("INSIDE", default=False)
"""Whether a call is being answered."""


class NotingEngine(DemoEngine):
    """``calls`` has what was to change something, as ``(name, arguments)``; ``asked`` counts all.

    ``errors`` holds what a call of that name raises instead of answering, ``held`` what it waits
    for; ``told`` changes the status before it is answered.
    """

    def __init__(
        self, clock: Clock | None = None, *, errors: dict[str, Exception] | None = None
    ) -> None:
        super().__init__(clock or FixedClock())
        self.errors = errors or {}
        self.held: dict[str, asyncio.Event] = {}
        self.told: Callable[[EngineStatus], EngineStatus] = lambda status: status
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.asked: Counter[str] = Counter()

    async def empty(self) -> None:
        """Forget all operations; the next one is number 1."""
        await self.catch_up()
        self.queue.store.rows.clear()
        self.queue.store.alive.clear()
        self.queue.store.ids = count(1)

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        return partial(self._noted, name, found) if name in CALLS else found

    async def _noted(self, name: str, call: Any, *args: Any, **given: Any) -> Any:
        if INSIDE.get():  # it asks itself
            return await call(*args, **given)
        self.asked[name] += 1
        if name in self.held:
            await self.held[name].wait()
        if name in self.errors:
            raise self.errors[name]
        bound = CALLS[name].bind(self, *args, **given)
        bound.apply_defaults()
        asked = {key: value for key, value in bound.arguments.items() if key != "self"}
        if "actor" in asked:
            self.calls.append((name, asked))
        inside = INSIDE.set(True)
        try:
            answer = await call(*args, **given)
        finally:
            INSIDE.reset(inside)
        return self.told(answer) if name == "status" else answer


@asynccontextmanager
async def dashboard(
    engine: NotingEngine, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[Pilot[None]]:
    """The dashboard over ``engine``, with its first answer on the screen."""
    app = still_app(engine)
    async with app.run_test(size=size, notifications=True) as pilot:
        await look(pilot)
        await until(pilot, lambda: isinstance(app.focused, ServiceCard))
        yield pilot
