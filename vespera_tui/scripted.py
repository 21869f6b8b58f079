"""An engine that plays a written part at a fixed time, for pictures and for tests of the screen.

Nothing is stored and no service runs: what it reports is made up, and what it is asked is noted.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from engine.operations import ServicePriority
from engine.snapshots import (
    Alert,
    CycleCounts,
    EngineInfo,
    EngineStatus,
    Event,
    GraphParity,
    OperationView,
    Parity,
    QueueDepth,
    ServiceMetrics,
    ServiceSnapshot,
    StoreParity,
    TaskCounts,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping


NOW = 1_800_000_000.0
"""The moment, in Unix seconds."""
MIB = 1024 * 1024

STEPS = (
    "opening tasks.db",
    "starting the embedding process",
    "starting the projection process",
    "starting four services",
)

RATES: dict[str, tuple[float, ...]] = {
    "auto_embedding": (14, 17, 21, 22, 19, 24, 28, 26, 31, 33, 30, 27, 25, 22, 18.4),
    "cycle_detection": (0, 0, 2, 5, 3, 1, 0, 0, 1, 4, 6, 2, 0.9),
    "incremental_sync": (30, 34, 41, 38, 44, 47, 45, 12, 3, 0, 0, 0, 9, 21, 36, 42.7),
    "index_optimization": (0,),
}
"""Completed operations a second, one value a poll, over and over."""

STATUS = EngineStatus(
    engine=EngineInfo(
        state="running",
        pid=4711,
        profile="development",
        uptime_seconds=7_512,
        version="0.1.0",
        data_dir="/home/ada/.local/share/vespera",
        memory_bytes={"main": 83 * MIB, "embedder": 402 * MIB, "projections": 171 * MIB},
        loop_lag_seconds=0.003,
    ),
    services={
        "auto_embedding": ServiceSnapshot(
            "auto_embedding",
            status="running",
            activity="embedding 32 tasks",
            queue=QueueDepth(scheduled=4, available=96, running=1),
            metrics=ServiceMetrics(1_204, 2, 3, 0.041, NOW - 1, 0),
        ),
        "cycle_detection": ServiceSnapshot(
            "cycle_detection",
            status="running",
            queue=QueueDepth(scheduled=1),
            metrics=ServiceMetrics(318, 0, 0, 0.0021, NOW - 9, 0),
        ),
        "incremental_sync": ServiceSnapshot(
            "incremental_sync",
            status="degraded",
            reason="kuzu: no answer for 30 s; restarting, work waits",
            queue=QueueDepth(scheduled=12, available=41, failed=1),
            metrics=ServiceMetrics(2_377, 1, 6, 0.012, NOW - 31, 1),
        ),
        "index_optimization": ServiceSnapshot(
            "index_optimization",
            enabled=False,
            status="disabled",
            reason="switched off by ada; press e to switch it on",
            queue=QueueDepth(scheduled=1),
            metrics=ServiceMetrics(2, 0, 0, 1.84, NOW - 5_400, 0),
        ),
    },
    tasks=TaskCounts(
        total=812,
        by_status={"open": 214, "in_progress": 23, "blocked": 61, "closed": 514},
        links={"blocks": 902, "parent-child": 341, "related": 77},
        dangling=3,
    ),
    parity=StoreParity(
        vectors=Parity(expected=812, current=712, missing=97, stale=3),
        graph=GraphParity(
            nodes=Parity(expected=812, current=812),
            edges=Parity(expected=1_320, current=1_279, missing=41),
        ),
        checked_at=NOW - 12,
    ),
    cycles=CycleCounts(components=1, tasks=3),
    alerts=(
        Alert("kuzu-down", "critical", "kuzu is away; graph work waits for it", NOW - 30),
        Alert("cycles", "warning", "3 tasks wait for one another; see `cycles`", NOW - 2_700),
    ),
)


def _operation(
    number: int,
    service: str,
    kind: str,
    key: str | None,
    state: str,
    *,
    since: float,
    attempts: int = 0,
    waiting_for: str = "",
    detail: str = "",
) -> OperationView:
    """``since`` is seconds before NOW, negative for what is still to come."""
    finished = state in {"completed", "failed", "cancelled"}
    return OperationView(
        id=number,
        service=service,
        kind=kind,
        key=key,
        state=state,
        priority=ServicePriority.NORMAL,
        attempts=attempts,
        max_attempts=5,
        run_at=NOW - since,
        created_at=NOW - max(since, 0) - 60,
        claimed_at=NOW - since if state == "running" or finished else None,
        finished_at=NOW - since if finished else None,
        waiting_for=waiting_for,
        detail=detail,
    )


EMBED, CYCLES, SYNC, TIDY = (
    "auto_embedding",
    "cycle_detection",
    "incremental_sync",
    "index_optimization",
)
OPERATIONS = (
    _operation(9412, EMBED, "batch_embed", "32 tasks", "running", since=2),
    *(
        _operation(9413 + index, EMBED, "embed_task", key, "available", since=6 - index)
        for index, key in enumerate(("t-7hq2", "t-k4wd", "t-m9xe", "t-2rpv"))
    ),
    *(
        _operation(9430 + index, SYNC, "sync_task", key, "available", since=31, waiting_for="kuzu")
        for index, key in enumerate(("t-7hq2", "t-k4wd", "t-b83f"))
    ),
    _operation(9440, SYNC, "sync_links", "t-b83f", "scheduled", since=-8, attempts=2,
               detail="StoreUnavailableError: kuzu: no answer for 30 s"),
    _operation(9441, EMBED, "embed_task", "t-ye5n", "scheduled", since=-2),
    _operation(9442, CYCLES, "full_cycle_check", "periodic", "scheduled", since=-240),
    _operation(9300, TIDY, "optimize_indices", "periodic", "scheduled", since=-1_260,
               waiting_for="the service to be switched on"),
    _operation(9399, SYNC, "sync_task", "t-c6dj", "failed", since=31, attempts=5,
               detail="WorkerTimeoutError: the call ran past 30 s and its process was killed"),
    _operation(9411, EMBED, "batch_embed", "32 tasks", "completed", since=3),
    _operation(9410, CYCLES, "check_edge", "t-7hq2 -> t-b83f", "completed", since=9),
    _operation(9409, SYNC, "sync_task", "t-ye5n", "completed", since=33),
    _operation(9408, EMBED, "embed_task", "t-old3", "cancelled", since=64,
               detail="its task is gone"),
)  # fmt: skip

EVENTS = tuple(
    Event(seq, NOW - past, kind, subject, actor, message)
    for seq, past, kind, subject, actor, message in (
        (501, 2_700, "cycle.found", "t-7hq2", "", "t-7hq2 -> t-b83f -> t-k4wd"),
        (502, 540, "task.closed", "t-3fgm", "ada", "Write the import guide"),
        (503, 95, "task.created", "t-ye5n", "agent-7", "Retry uploads that time out"),
        (504, 64, "task.deleted", "t-old3", "ada", "Old spike"),
        (505, 33, "operation.failed", "9399", "", "sync_task t-c6dj gave up"),
        (506, 30, "service.degraded", "incremental_sync", "", "kuzu: no answer for 30 s"),
        (507, 6, "dependency.added", "t-7hq2", "agent-7", "waits for t-b83f"),
    )
)
REBUILT = 812
"""Operations that a rebuilding is said to queue."""
FIRST_NUMBER = 40_001
"""The number of the first operation that is scheduled."""


class FixedClock:
    """A clock that stands at ``NOW``."""

    def now(self) -> float:
        """Always the same moment, in Unix seconds."""
        return NOW

    def monotonic(self) -> float:
        """As :meth:`now`: no time passes."""
        return NOW

    async def sleep(self, seconds: float) -> None:
        """Return at once: whatever waits would wait for ever."""


@dataclass(slots=True)
class ScriptedEngine:
    """What the dashboard needs of :class:`engine.api.EngineAPI`; see ``vespera_tui.actions``.

    ``calls`` notes every request as ``(name, arguments)``. ``errors`` holds what a method of that
    name raises instead of answering.
    """

    current: EngineStatus = STATUS
    queue: tuple[OperationView, ...] = OPERATIONS
    happened: tuple[Event, ...] = EVENTS
    errors: dict[str, Exception] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    reads: int = 0
    """How often the status was polled."""
    is_open: bool = False
    was_left: bool = False

    async def status(self, *, parity: bool = True) -> EngineStatus:
        """The written state; the rates move on by one with each poll."""
        self._play("status")
        if not parity:
            self.reads += 1
        services = {name: self._at_work(service) for name, service in self.current.services.items()}
        return replace(self.current, services=services)

    async def operations(
        self,
        *,
        service: str | None = None,
        state: str | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> list[OperationView]:
        """The written queue, filtered as asked."""
        self._play("operations")
        found = [
            each
            for each in self.queue
            if service in {None, each.service} and state in {None, each.state}
        ]
        return found[offset : offset + limit]

    async def events(self, after: int = 0, limit: int = 100) -> list[Event]:
        """The written events above ``after``."""
        self._play("events")
        return [event for event in self.happened if event.seq > after][:limit]

    async def schedule_operation(
        self,
        service: str,
        kind: str,
        target: str | None = None,
        *,
        priority: ServicePriority = ServicePriority.NORMAL,
        delay: float = 0.0,
        payload: Mapping[str, Any] | None = None,
        actor: str = "",
    ) -> int:
        """Note the request; the number an operation would have."""
        self._note(
            "schedule_operation",
            service=service,
            kind=kind,
            target=target,
            priority=priority,
            delay=delay,
            payload=payload,
            actor=actor,
        )
        return FIRST_NUMBER + len(self.calls) - 1

    async def retry_operation(self, operation_id: int, *, actor: str = "") -> bool:
        """Note the request; True for what failed or was cancelled."""
        self._note("retry_operation", operation_id=operation_id, actor=actor)
        return self._state(operation_id) in {"failed", "cancelled"}

    async def cancel_operation(self, operation_id: int, *, actor: str = "") -> bool:
        """Note the request; True for what waits."""
        self._note("cancel_operation", operation_id=operation_id, actor=actor)
        return self._state(operation_id) in {"available", "scheduled"}

    async def configure_background_service(
        self, service: str, *, enabled: bool, actor: str = ""
    ) -> ServiceSnapshot:
        """Note the request and show the switch in its new place from now on."""
        self._note("configure_background_service", service=service, enabled=enabled, actor=actor)
        word = "running" if enabled else "disabled"
        changed = replace(self.current.services[service], enabled=enabled, status=word, reason="")
        services = {**self.current.services, service: changed}
        self.current = replace(self.current, services=services)
        return changed

    async def set_profile(self, profile: str, *, actor: str = "") -> None:
        """Note the request and report that profile from now on."""
        self._note("set_profile", profile=profile, actor=actor)
        self.current = replace(self.current, engine=replace(self.current.engine, profile=profile))

    async def rebuild(self, projection: str, *, actor: str = "") -> int:
        """Note the request; how many operations it would queue."""
        self._note("rebuild", projection=projection, actor=actor)
        return REBUILT

    def opener(self, error: Exception | None = None) -> Callable[..., Any]:
        """What :class:`vespera_tui.app.VesperaApp` opens; raises ``error`` after the steps."""

        @asynccontextmanager
        async def opened(*, on_step: Callable[[str], None]) -> AsyncIterator[ScriptedEngine]:
            for step in STEPS:
                on_step(step)
            if error is not None:
                raise error
            self.is_open = True
            try:
                yield self
            finally:
                self.is_open, self.was_left = False, True

        return opened

    def _note(self, name: str, **arguments: Any) -> None:
        self._play(name)
        self.calls.append((name, arguments))

    def _play(self, name: str) -> None:
        if name in self.errors:
            raise self.errors[name]

    def _state(self, operation_id: int) -> str:
        return next((each.state for each in self.queue if each.id == operation_id), "")

    def _at_work(self, service: ServiceSnapshot) -> ServiceSnapshot:
        course = RATES.get(service.name, (0.0,))
        rate = course[self.reads % len(course)]
        return replace(service, metrics=replace(service.metrics, rate_per_second=rate))
