"""From a new task to its vector: the whole way, the first vector, the event loop meanwhile."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any

import structlog

from benchmarks.holding import watched
from benchmarks.measure import Contestant
from benchmarks.ours import NAME
from benchmarks.texts import texts
from engine.host.opening import open_engine
from engine.service_config import ServiceConfiguration
from engine.tasks import TaskDraft

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.measure import Sizes
    from engine.host.embedded import EmbeddedEngine

POLL_SECONDS = 0.05


async def _first_vector(engine: EmbeddedEngine) -> float:
    """Seconds from a task to its vector in an engine that just started."""
    started = time.perf_counter()
    task = await engine.create_task(TaskDraft("The first task", id="first"))
    context = engine.manager.context
    while not await context.projections.vectors_hashes([task.id], context.embedder.model_key):
        await engine.manager.clock.sleep(POLL_SECONDS)
    return time.perf_counter() - started


async def _all_vectors(engine: EmbeddedEngine, given: list[tuple[str, str]]) -> float:
    """Texts a second, from creating the first task to the last operation marked as completed."""
    started = time.perf_counter()
    tasks = [TaskDraft(title, description=description) for title, description in given]
    await asyncio.gather(*(engine.create_task(draft) for draft in tasks))
    while _waiting((await engine.manager.depths())["auto_embedding"]):
        await engine.manager.clock.sleep(POLL_SECONDS)
    seconds = time.perf_counter() - started
    parity = (await engine.status()).parity.vectors
    if parity.current != len(given) + 1:
        raise SystemExit(f"{parity.current:,} of {len(given) + 1:,} tasks have their vector")
    return len(given) / seconds


def _waiting(depth: Any) -> int:
    return int(depth.scheduled + depth.available + depth.running)


async def _run(folder: Path, sizes: Sizes) -> dict[str, float]:
    given = texts(sizes.texts)
    config = ServiceConfiguration.model_validate(
        {
            "data_dir": folder / "data",
            "embedding": {"embed_delay_seconds": 0.0, "batch_size": 32},
            "incremental_sync": {"enabled": False},
        }
    )
    async with open_engine(config) as engine:
        first = await _first_vector(engine)
        with watched() as blocks:
            rate = await _all_vectors(engine, given)
    held = {"loop": 1000 * blocks.longest, "loop processor time": 1000 * blocks.busiest}
    return {"embed": rate, "first vector": first, **held}


def measure(folder: Path, sizes: Sizes) -> dict[str, float]:
    quiet = structlog.make_filtering_bound_logger(logging.WARNING)
    structlog.configure(wrapper_class=quiet)  # a line a task would be measured too
    return asyncio.run(_run(folder, sizes))


def contestant() -> Contestant:
    how = "create_task, queue, embedder, Chroma, completed; the graph is left for later"
    return Contestant(NAME, "FULL", how, measure)
