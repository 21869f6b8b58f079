"""The life of the demonstration: a real queue in memory, and services that only pretend to work."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.clock import IdSource
from engine.operations import Completed, Failed
from engine.queue.memory_queue import MemoryQueue
from engine.service_config import get_development_config
from engine.snapshots import Event
from vespera_tui.demo.clock import FixedClock
from vespera_tui.demo.past import earlier_failures
from vespera_tui.demo.script import AT_ONCE, SECONDS, SERVICES, SYNC, arrivals, outcome

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping

    from engine.clock import Clock
    from engine.operations import Operation

PAST_SECONDS = 900
"""How much has happened when the demonstration begins."""
LONGEST_STEP = 5
"""Seconds that are made up at once; a longer pause is skipped."""
KEPT, PRUNED_EVERY = 2_300, 60
"""Finished operations, about as many as there are at the beginning; seconds between prunings."""
EVENTS_KEPT = 300
WINDOW = 10
"""Seconds over which a rate is taken."""
AWAY_EVERY, AWAY_FOR = 150, 20
"""Seconds after which Kuzu is away again, and for how many."""


@dataclass(slots=True)
class Work:
    """What one service did since the start."""

    enabled: bool = True
    done: int = 0
    failed: int = 0
    retried: int = 0
    last: deque[int] = field(default_factory=lambda: deque([0] * WINDOW, maxlen=WINDOW))
    """Ended in each of the last seconds."""


class Activity:
    """Made up second by second, as far as ``clock`` says; the same for the same ``rng``.

    ``titles`` are those of the tasks that are worked on.
    """

    def __init__(self, clock: Clock, rng: random.Random, titles: Mapping[str, str]) -> None:
        self._clock, self._rng, self._titles = clock, rng, titles
        self.started = clock.now()
        self.time = FixedClock(self.started - PAST_SECONDS)
        """How far it is made up."""
        self.queue = MemoryQueue(
            get_development_config(), clock=self.time, ids=IdSource(rng), owner="demo"
        )
        self.running: list[tuple[float, Operation]] = []
        """When each will end."""
        self.events: deque[Event] = deque(maxlen=EVENTS_KEPT)
        self.seq = 0
        """The number of the newest event."""
        self.work = {name: Work() for name in SERVICES}
        self._begun = False

    @property
    def now(self) -> float:
        """Unix seconds in the demonstration."""
        return self.time.time

    @property
    def away_for(self) -> int | None:
        """Seconds that Kuzu has not answered for; None while it does."""
        away = int(self.now) % AWAY_EVERY - (AWAY_EVERY - AWAY_FOR)
        return away if away >= 0 else None

    async def catch_up(self) -> None:
        """Make up what happened until now."""
        if not self._begun:
            self._begun = True
            await earlier_failures(self.queue, self.time, self._rng)
        elif self._clock.now() - self.now > LONGEST_STEP:
            self.time.time = self._clock.now() - LONGEST_STEP
        while self.now + 1 <= self._clock.now():
            self.time.time += 1
            await self._second()

    async def _second(self) -> None:
        new, writes = arrivals(self._rng, int(self.now), self._titles)
        await self.queue.enqueue(new)
        for kind, task, actor in writes[:1]:
            self.happened(kind, task, actor, self._titles[task])
        await self.queue.stage()
        ended = Counter[str]()
        for due, operation in [each for each in self.running if each[0] <= self.now]:
            self.running.remove((due, operation))
            await self._end(operation, ended)
        for service in SERVICES:
            self.work[service].last.append(ended[service])
            await self._start(service)
        if int(self.now) % PRUNED_EVERY == 0:
            await self.queue.prune(KEPT)

    async def _start(self, service: str) -> None:
        if not self.work[service].enabled or (service == SYNC and self.away_for is not None):
            return
        busy = sum(operation.service == service for _, operation in self.running)
        for operation in await self.queue.claim(service, max(AT_ONCE[service] - busy, 0)):
            took = SECONDS[service] * self._rng.uniform(0.5, 2.5)
            self.running.append((self.now + took, operation))

    async def _end(self, operation: Operation, ended: Counter[str]) -> None:
        how, work = outcome(self._rng, operation), self.work[operation.service]
        await self.queue.settle([(operation, how)])
        ended[operation.service] += 1
        work.done += isinstance(how, Completed)
        if isinstance(how, Failed):
            last = how.permanent or operation.attempts + 1 >= operation.max_attempts
            work.failed, work.retried = work.failed + last, work.retried + (not last)
            kind = "operation.failed" if last else "operation.retried"
            subject = f"{operation.kind} {operation.key or ''}"
            self.happened(kind, subject, operation.service, how.error)

    def happened(self, kind: str, subject: str, actor: str, message: str = "") -> None:
        """Let it be among the events."""
        self.seq += 1
        self.events.append(Event(self.seq, self.now, kind, subject, actor, message))
