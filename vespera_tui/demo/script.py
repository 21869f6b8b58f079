"""What happens in the demonstration: who works on what, how long it takes, how it goes wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.operations import (
    Cancelled,
    Completed,
    Failed,
    NewOperation,
    Operation,
    Outcome,
    ServicePriority,
)

if TYPE_CHECKING:
    import random

ACTORS = ("ada", "agent-7", "agent-12", "ben", "import")
TASKS = tuple(
    f"bd-{name}"
    for name in (
        "7hq2", "k4wd", "m9xe", "2rpv", "b83f", "ye5n", "c6dj", "old3", "3fgm", "x7ta", "q2ns",
        "w8hz", "p5kc", "t3vb", "n6yd", "g4rm", "z9fe", "a2jx", "h7uw", "d5qp", "r8mc", "v3ny",
    )
)  # fmt: skip
TITLES = (
    "Retry uploads that time out",
    "Write the import guide",
    "Split the parser in two",
    "Measure cold start",
    "Drop the old endpoint",
    "Names of columns in exports",
    "Search finds closed tasks",
    "Colours for the colour-blind",
)
EMBED, CYCLES, SYNC, TIDY = (
    "auto_embedding",
    "cycle_detection",
    "incremental_sync",
    "index_optimization",
)


@dataclass(frozen=True, slots=True)
class Mishap:
    """One way in which operations of a service fail."""

    service: str
    error: str
    """``{n}`` is a number that is another one each time."""
    file: str
    function: str
    permanent: bool = False

    def failed(self, number: int) -> Failed:
        """It happened."""
        error = self.error.format(n=number)
        traceback = (
            "Traceback (most recent call last):\n"
            '  File "engine/services/attempt.py", line 61, in attempt\n'
            "    outcomes = await service.run(kind, batch)\n"
            f'  File "{self.file}", line {40 + number % 90}, in {self.function}\n'
            "    return await self._call(rows)\n"
            f"{error}\n"
        )
        return Failed(error, traceback, self.permanent)


MISHAPS = (
    Mishap(SYNC, "StoreUnavailableError: kuzu: no answer for {n} s", "engine/stores/projections.py",
           "graph_upsert"),
    Mishap(SYNC, "WorkerTimeoutError: the call ran past {n} s and its process was killed",
           "engine/workers/child.py", "call"),
    Mishap(EMBED, "ModelUnavailableError: the checksum of /models/minilm-{n}/model.onnx differs",
           "engine/stores/embedder.py", "embed", permanent=True),
    Mishap(EMBED, "ValueError: text of {n} characters has a lone surrogate",
           "engine/workers/embedder/onnx_backend.py", "encode", permanent=True),
    Mishap(CYCLES, "TimeoutError: explaining {n} edges took too long", "engine/cycles/explain.py",
           "shortest_cycle", permanent=True),
    Mishap(TIDY, "OperationalError: database or disk is full ({n} pages short)",
           "engine/services/index_optimization.py", "vacuum"),
)  # fmt: skip
SECONDS = {EMBED: 0.9, CYCLES: 0.4, SYNC: 0.6, TIDY: 6.0}
"""How long a batch takes, about."""
AT_ONCE = {EMBED: 8, CYCLES: 2, SYNC: 10, TIDY: 1}
FAILING = {EMBED: 0.03, CYCLES: 0.02, SYNC: 0.05, TIDY: 0.2}
"""Share of runs that fail."""


def arrivals(rng: random.Random, second: int) -> list[NewOperation]:
    """What is asked for in one second; now and then a burst."""
    found: list[NewOperation] = []
    for _ in range(rng.choices((0, 1, 2, 4), (5, 6, 4, 1))[0]):
        task, actor = rng.choice(TASKS), rng.choice(ACTORS)
        priority = rng.choices(tuple(ServicePriority), (1, 3, 12, 2))[0]
        title = {"task": task, "title": rng.choice(TITLES)}
        found.append(NewOperation(EMBED, "embed_task", task, title, priority, 1.0, origin=actor))
        found.append(
            NewOperation(SYNC, "sync_task", task, {"task": task}, priority, 3.0, origin=actor)
        )
        if rng.random() < 0.3:  # noqa: PLR2004 - about one in three
            edge = f"{task} -> {rng.choice(TASKS)}"
            found.append(NewOperation(CYCLES, "check_edge", edge, {"edge": edge}, origin=actor))
    if second % 45 == 0:
        found += [NewOperation(EMBED, "embed_task", task, origin="import") for task in TASKS]
    if second % 120 == 0:
        found.append(NewOperation(TIDY, "optimize_indices", "periodic", delay=8.0, origin="engine"))
    return found


def outcome(rng: random.Random, operation: Operation) -> Outcome:
    """How a run of ``operation`` ends."""
    if rng.random() < 0.01:  # noqa: PLR2004 - one in a hundred
        return Cancelled("its task is gone")
    if rng.random() >= FAILING[operation.service]:
        return Completed({"rows": 1})
    mishaps = [each for each in MISHAPS if each.service == operation.service]
    return rng.choice(mishaps).failed(rng.randrange(10, 1_000))
