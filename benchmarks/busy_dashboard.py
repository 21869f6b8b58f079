"""``python -m benchmarks.busy_dashboard FOLDER RATE``: the dashboard, over an engine that works.

RATE operations a second are queued in SQLite, claimed, finished and acknowledged in this process.
"""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.ours import SERVICE, NoOp, new_operation
from engine.service_config import ServiceConfiguration
from vespera_tui import garbage
from vespera_tui.cli import ESCAPE_MS
from vespera_tui.first_look import FirstLook

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

GROUPS_PER_SECOND = 20
BATCH = 100


async def _produce(queue: Any, rate: int) -> None:
    loop = asyncio.get_running_loop()
    due = loop.time()
    while True:
        due += 1 / GROUPS_PER_SECOND
        await asyncio.sleep(max(0.0, due - loop.time()))
        await queue.enqueue([new_operation() for _ in range(rate // GROUPS_PER_SECOND)])


def _busy_opener(rate: int, opener: Callable[..., Any]) -> Callable[..., Any]:
    @asynccontextmanager
    async def opened(*, on_step: Callable[[str], None]) -> AsyncIterator[Any]:
        async with opener(on_step=on_step) as engine, asyncio.TaskGroup() as tasks:
            queue = engine.manager.context.queue
            consumer = NoOp(BATCH, lambda _: None)
            work = [
                tasks.create_task(_produce(queue, rate)),
                tasks.create_task(queue.run(SERVICE, consumer)),
            ]
            yield engine
            for each in work:
                each.cancel()

    return opened


def main(folder: str, rate: str) -> None:
    os.environ.setdefault("ESCDELAY", ESCAPE_MS)  # as the program does, before Textual is read
    garbage.rest()
    from vespera_tui import running  # noqa: PLC0415 - reads Textual

    config = ServiceConfiguration(data_dir=Path(folder))
    plain = running.engine_opener
    running.engine_opener = lambda *given: _busy_opener(int(rate), plain(*given))
    sys.exit(running.run_dashboard(running.Start(lambda: config, FirstLook())))


if __name__ == "__main__":
    main(*sys.argv[1:])
