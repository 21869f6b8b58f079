"""What an optimisation gains on stores that are much used, and who waits for it meanwhile."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import structlog

from benchmarks.measure import Contestant, say
from engine.host import open_engine
from engine.service_config import ServiceConfiguration
from engine.tasks import TaskDraft

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from benchmarks.measure import Sizes
    from engine.host.embedded import EmbeddedEngine

DIMENSION, TOPICS, NOISE = 384, 50, 0.6
"""Vectors around as many topics, so that neighbours are near but not equal."""
MODEL = "synthetic"
PART = 500
ROUNDS = 3
"""How often half of the vectors are deleted and written anew, and all rows of the graph written."""
PAUSE_SECONDS = 0.01


class Aged:
    """An engine whose stores have seen much use; no service runs."""

    def __init__(self, engine: EmbeddedEngine, tasks: int) -> None:
        self.engine, self._tasks = engine, tasks
        self.context = engine.manager.context
        self._rng = np.random.default_rng(1)
        self._topics = self._rng.normal(size=(TOPICS, DIMENSION))
        self.ids: list[str] = []

    async def age(self) -> None:
        """Fill the three stores, then change and delete until half of the tasks are left."""
        say(f"filling the stores with {self._tasks:,} tasks")
        words = random.Random(1)  # noqa: S311 - not a secret
        drafts = [
            (n, TaskDraft(f"Task {n}", id=f"t-{n:06}", description=words.randbytes(200).hex()))
            for n in range(self._tasks)
        ]
        for part in _parts(drafts):
            await self.engine.import_drafts(part)
        self.ids = [f"t-{n:06}" for n in range(self._tasks)]
        await self._embed(self.ids)
        await self.context.projections.graph_rebuild()
        for turn in range(ROUNDS):
            say(f"ageing them, {turn + 1} of {ROUNDS}")
            half = words.sample(self.ids, len(self.ids) // 2)
            for part in _parts(half):
                await self.context.projections.vectors_delete(part)
            await self._embed(half)
            await self.context.database.write(_touch)
            for part in _parts(self.ids):
                await self.context.projections.graph_reconcile(part)
        await self._delete_half()

    async def _embed(self, ids: Sequence[str]) -> None:
        for part in _parts(ids):
            written = await self.context.projections.vectors_upsert(
                part, ["h"] * len(part), MODEL, [self.vector() for _ in part]
            )
            if len(written) != len(part):
                raise SystemExit("vectors were not stored")

    def vector(self) -> bytes:
        """A new one, near one of the topics."""
        topic = self._topics[self._rng.integers(TOPICS)]
        vector: bytes = (topic + NOISE * self._rng.normal(size=DIMENSION)).astype("<f4").tobytes()
        return vector

    async def _delete_half(self) -> None:
        gone, self.ids = self.ids[::2], self.ids[1::2]
        for part in _parts(gone):
            marks = ", ".join("?" * len(part))
            await self.context.database.write(
                lambda c, part=part, marks=marks: c.execute(
                    f"DELETE FROM tasks WHERE id IN ({marks})",
                    part,
                )
            )
            await self.context.projections.graph_reconcile(part)


def _parts(items: Sequence[Any]) -> list[Any]:
    return [items[start : start + PART] for start in range(0, len(items), PART)]


def _touch(connection: Any) -> None:
    connection.execute("UPDATE tasks SET version = version + 1")


class Waits:
    """The longest time that each kind of caller waited, in ms, while ``work`` ran."""

    def __init__(self, aged: Aged) -> None:
        self._aged = aged
        self.longest: dict[str, float] = {}

    async def during(self, work: Awaitable[Any]) -> Any:
        """The result of ``work``."""
        context, vector = self._aged.context, self._aged.vector()
        one = self._aged.ids[0]
        callers: dict[str, Callable[[], Awaitable[Any]]] = {
            "loop": lambda: asyncio.sleep(0),
            "reader": lambda: context.database.rows(
                "SELECT id, title FROM tasks ORDER BY priority, created_at, id LIMIT 100"
            ),
            "writer": lambda: context.database.write(
                lambda c: c.execute("UPDATE tasks SET updated_at = updated_at WHERE id = ?", (one,))
            ),
            "vector search": lambda: context.projections.vectors_query(vector, 10),
        }
        tasks = [asyncio.create_task(self._call(name, call)) for name, call in callers.items()]
        try:
            return await work
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _call(self, name: str, call: Callable[[], Awaitable[Any]]) -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(PAUSE_SECONDS)
            started = before + PAUSE_SECONDS if name == "loop" else time.perf_counter()
            await call()
            waited = 1000 * (time.perf_counter() - started)
            self.longest[name] = max(self.longest.get(name, 0.0), waited)


async def _measure(folder: Path, sizes: Sizes) -> dict[str, float]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    config = ServiceConfiguration(data_dir=folder / "data")
    async with open_engine(config, services=False) as engine:
        aged = Aged(engine, sizes.used_tasks)
        await aged.age()
        found: dict[str, float] = {}
        for store in ("sqlite", "chroma", "kuzu"):
            say(f"optimising {store}")
            waits = Waits(aged)
            (run,) = await waits.during(engine.optimize([store], actor="benchmark"))
            say(f"{store}: {run.result}; {'; '.join(run.steps)}")
            for when, figures in (("before", run.before), ("after", run.after)):
                found[f"optimise size {store} {when}"] = figures["bytes"] / 1e6
                found[f"optimise query {store} {when}"] = 1000 * figures["query_seconds"]
                if "recall" in figures:
                    found[f"optimise recall {when}"] = figures["recall"]
            found[f"optimise seconds {store}"] = run.seconds
            for caller, longest in waits.longest.items():
                found[f"optimise wait {store}: {caller}"] = longest
            (again,) = await engine.optimize([store], actor="benchmark")
            if again.result != "nothing to do":
                raise SystemExit(f"{store}: a second run found something to do: {again.steps}")
    return found


def contestant() -> Contestant:
    how = f"half of the vectors deleted and written anew {ROUNDS} times, then half of all tasks"
    return Contestant(
        "vespera", "FULL", how, lambda folder, sizes: asyncio.run(_measure(folder, sizes))
    )
