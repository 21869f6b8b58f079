"""A front as a process: joins, creates tasks, and says in JSON lines what happened.

``python front_program.py FOLDER MODE COUNT AT_ONCE`` says ``{"owner": pid, "mode": ...}`` for each
owner it finds. A line on its standard input starts it creating, until there are COUNT or another
line comes: ``{"stored": id}`` for each that was acknowledged, then ``{"done": true}``. In the mode
dashboard, its feed polls as well. It ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import VesperaError
from engine.host import join_engine
from engine.service_config import ServiceConfiguration
from engine.tasks import TaskDraft
from vespera_tui.feed import EngineFeed

if TYPE_CHECKING:
    from engine.host.owner import Owner


def tell(**what: Any) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def found(owner: Owner) -> None:
    tell(owner=owner.pid, mode=owner.mode, at=time.time())


async def create(engine: Any, mode: str, numbers: Any) -> None:
    for number in numbers:
        task = await engine.create_task(TaskDraft(f"{mode} {number}", project=mode), actor=mode)
        tell(stored=task.id, title=task.title)


async def main(folder: str, mode: str, count: int, at_once: int) -> None:
    config = ServiceConfiguration(data_dir=Path(folder))
    async with join_engine(
        config, mode=mode, services=mode == "headless", on_owner=found
    ) as engine:
        feeding = asyncio.create_task(EngineFeed(engine, lambda _: None).run())
        if mode != "dashboard":
            feeding.cancel()
        await asyncio.to_thread(sys.stdin.readline)
        stop = asyncio.create_task(asyncio.to_thread(sys.stdin.readline))
        numbers = takewhile(lambda _: not stop.done(), range(count))
        await asyncio.gather(*(create(engine, mode, numbers) for _ in range(at_once)))
        tell(done=True)
        await asyncio.to_thread(sys.stdin.read)
        feeding.cancel()


if __name__ == "__main__":
    try:
        asyncio.run(main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])))
    except VesperaError as error:
        tell(error=type(error).__name__, text=str(error))
