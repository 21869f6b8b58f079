"""A front as a process: joins, creates tasks if asked, and says in JSON lines what happened.

``python front_program.py FOLDER MODE COUNT``: after ``{"owner": pid, "mode": ...}`` for each owner
it finds, ``{"stored": id}`` for each task whose creation was acknowledged, then ``{"done": true}``.
It ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import VesperaError
from engine.host import join_engine
from engine.service_config import ServiceConfiguration
from engine.tasks import TaskDraft

if TYPE_CHECKING:
    from engine.host.owner import Owner

AT_ONCE = 8


def tell(**what: Any) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def found(owner: Owner) -> None:
    tell(owner=owner.pid, mode=owner.mode, at=time.time())


async def create(engine: Any, mode: str, numbers: Any) -> None:
    for number in numbers:
        task = await engine.create_task(TaskDraft(f"{mode} {number}", project=mode), actor=mode)
        tell(stored=task.id, title=task.title)


async def main(folder: str, mode: str, count: int) -> None:
    config = ServiceConfiguration(data_dir=Path(folder))
    async with join_engine(
        config, mode=mode, services=mode == "headless", on_owner=found
    ) as engine:
        numbers = iter(range(count))
        await asyncio.gather(*(create(engine, mode, numbers) for _ in range(AT_ONCE)))
        tell(done=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    try:
        asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
    except VesperaError as error:
        tell(error=type(error).__name__, text=str(error))
