"""Keeps a loop alive: restarts it with backoff when it crashes, and says so."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

from engine.errors import DataDirectoryError

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Awaitable, Callable

    from engine.clock import Clock, IdSource
    from engine.monitoring.events import EventLog

MAX_CRASHES = 5
"""Crashes in a row before a loop is given up."""
STORE_SECONDS = 3.0
"""How soon it is tried again when the store could not be written; no reason to give up."""
STABLE_SECONDS = 60.0
"""A loop that ran this long is forgiven its crashes."""


async def supervise(
    name: str,
    loop: Callable[[], Awaitable[None]],
    *,
    clock: Clock,
    ids: IdSource,
    events: EventLog,
    gave_up: Callable[[str], None],
    unexpected: Counter[str],
) -> None:
    """Run ``loop`` until it returns; ``gave_up`` is told why when it keeps crashing.

    Each crash is counted in ``unexpected`` under its name.
    """
    crashes = 0
    while True:
        started = clock.monotonic()
        try:
            await loop()
            return  # noqa: TRY300 - it was told to end
        except DataDirectoryError as error:  # a full disk, for instance: it goes on with space
            events.add("store.unwritable", name, message=str(error), level="error")
            await clock.sleep(ids.jitter(STORE_SECONDS))
        except Exception as error:  # noqa: BLE001 - the top of the loop: logged, counted, shown
            crashes = 1 if clock.monotonic() - started > STABLE_SECONDS else crashes + 1
            unexpected[name] += 1
            message = f"{type(error).__name__}: {error}"
            events.add(
                "loop.crashed",
                name,
                message=f"{message}\n{traceback.format_exc()}",
                level="error",
            )
            if crashes >= MAX_CRASHES:
                gave_up(f"crashed {crashes} times in a row: {message}; restart the engine")
                return
            await clock.sleep(ids.jitter(2.0**crashes))
