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
    ServiceType,
)

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping

PEOPLE = ("ada", "ben", "agent-7", "agent-12")
ACTORS = (*PEOPLE, "import")
DATA_DIR = "/home/ada/.local/share/vespera"
TASKS = tuple(
    f"bd-{name}"
    for name in (
        "7hq2", "k4wd", "m9xe", "2rpv", "b83f", "ye5n", "c6dj", "u4sd", "3fgm", "x7ta", "q2ns",
        "w8hz", "p5kc", "t3vb", "n6yd", "g4rm", "z9fe", "a2jx", "h7uw", "d5qp", "r8mc", "v3ny",
    )
)  # fmt: skip
"""The tasks that are worked on all the time."""
EMBED, CYCLES, SYNC, TIDY = (
    str(service)
    for service in (
        ServiceType.AUTO_EMBEDDING,
        ServiceType.CYCLE_DETECTION,
        ServiceType.INCREMENTAL_SYNC,
        ServiceType.INDEX_OPTIMIZATION,
    )
)
SERVICES = (EMBED, CYCLES, SYNC, TIDY)
WRITES = {"task.updated": 14, "task.linked": 3, "task.unlinked": 1}
"""What is done to tasks, and how often."""


@dataclass(frozen=True, slots=True)
class Mishap:
    """One way in which operations of a service fail."""

    service: str
    error: str
    """``{n}`` is a number that is another one each time."""
    file: str
    function: str
    permanent: bool = False
    numbers: range = range(10, 1_000)

    def failed(self, rng: random.Random) -> Failed:
        """It happened."""
        number = rng.choice(self.numbers)
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


KUZU_AWAY = Mishap(SYNC, "StoreUnavailableError: kuzu: no answer for {n} s",
                   "engine/stores/projections.py", "upsert", numbers=range(30, 34))  # fmt: skip
TIMED_OUT = Mishap(SYNC, "WorkerTimeoutError: the call ran past {n} s and its process was killed",
                   "engine/workers/child.py", "call", numbers=range(30, 32))  # fmt: skip
SURROGATE = Mishap(EMBED, "ValueError: text of {n} characters has a lone surrogate",
                   "engine/workers/embedder/onnx_backend.py", "encode", permanent=True)  # fmt: skip
DAMAGED = Mishap(EMBED, "ModelUnavailableError: the checksum of /models/minilm-{n}.onnx differs",
                 "engine/stores/embedder.py", "embed", permanent=True)  # fmt: skip
TOO_LONG = Mishap(CYCLES, "TimeoutError: explaining {n} links took too long",
                  "engine/cycles/explain.py", "shortest_cycle", permanent=True)  # fmt: skip
DISK_FULL = Mishap(TIDY, "OperationalError: database or disk is full ({n} pages short)",
                   "engine/services/index_optimization.py", "vacuum")  # fmt: skip
MISHAPS = (KUZU_AWAY, TIMED_OUT, SURROGATE, DAMAGED, TOO_LONG, DISK_FULL)
SECONDS = {EMBED: 0.9, CYCLES: 0.4, SYNC: 0.6, TIDY: 6.0}
"""How long a batch takes, about."""
AT_ONCE = {EMBED: 8, CYCLES: 2, SYNC: 10, TIDY: 1}
FAILING = {EMBED: 0.01, CYCLES: 0.004, SYNC: 0.05, TIDY: 0.2}
"""Share of runs that fail."""


def arrivals(
    rng: random.Random, second: int, titles: Mapping[str, str]
) -> tuple[list[NewOperation], list[tuple[str, str, str]]]:
    """What is asked for in one second, now and then a burst; and the writes it comes from.

    ``titles`` are those of :data:`TASKS`. A write is its kind, the task and who did it.
    """
    found: list[NewOperation] = []
    writes = []
    for _ in range(rng.choices((0, 1, 2, 4), (5, 6, 4, 1))[0]):
        task, actor = rng.choice(TASKS), rng.choice(ACTORS)
        kind = rng.choices(tuple(WRITES), tuple(WRITES.values()))[0]
        writes.append((kind, task, actor))
        priority = rng.choices(tuple(ServicePriority), (1, 3, 12, 2))[0]
        text = {"title": titles[task]}
        found.append(NewOperation(EMBED, "embed_task", task, text, priority, 1.0, origin=actor))
        found.append(NewOperation(SYNC, "batch_sync", "changes", delay=3.0, origin=actor))
        found.append(
            NewOperation(SYNC, "sync_task", task, priority=priority, delay=3.0, origin="change log")
        )
        if kind != "task.updated":
            found.append(NewOperation(CYCLES, "check_cycles", "graph", delay=1.0, origin=actor))
    if second % 45 == 0:
        found += [
            NewOperation(EMBED, "embed_task", task, {"title": titles[task]}, origin="import")
            for task in TASKS
        ]
    if second % 120 == 0:
        found.append(NewOperation(TIDY, "optimize_indices", "periodic", delay=8.0, origin="engine"))
        found.append(NewOperation(CYCLES, "full_cycle_check", "periodic", origin="interval"))
    return found, writes


def outcome(rng: random.Random, operation: Operation) -> Outcome:
    """How a run of ``operation`` ends."""
    if rng.random() < 0.01:  # noqa: PLR2004 - one in a hundred
        return Cancelled("its task is gone")
    if rng.random() >= FAILING[operation.service]:
        return Completed({"rows": 1})
    mishaps = [each for each in MISHAPS if each.service == operation.service]
    return rng.choice(mishaps).failed(rng)
