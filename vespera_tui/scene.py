"""A written part: one moment of a busy project, for pictures and for tests of the screen."""

from __future__ import annotations

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
from vespera_tui.demo.clock import NOW

MIB = 1024 * 1024

STEPS = (
    "opening tasks.db",
    "starting the embedding process",
    "starting the projection process",
    "starting the services",
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
            metrics=ServiceMetrics(
                1_204,
                2,
                3,
                0.041,
                NOW - 1,
                p50_seconds=0.038,
                p95_seconds=0.12,
                oldest_wait_seconds=6,
            ),
        ),
        "cycle_detection": ServiceSnapshot(
            "cycle_detection",
            status="running",
            queue=QueueDepth(scheduled=1),
            metrics=ServiceMetrics(
                318, 0, 0, 0.0021, NOW - 9, p50_seconds=0.002, p95_seconds=0.004
            ),
        ),
        "incremental_sync": ServiceSnapshot(
            "incremental_sync",
            status="degraded",
            reason="kuzu: no answer for 30 s; restarting, work waits",
            queue=QueueDepth(scheduled=12, available=41, failed=1, parked=2, overdue=1),
            metrics=ServiceMetrics(
                2_377,
                1,
                6,
                0.012,
                NOW - 31,
                1,
                deadlines_missed=2,
                p50_seconds=0.011,
                p95_seconds=0.19,
                oldest_wait_seconds=31,
            ),
        ),
        "index_optimization": ServiceSnapshot(
            "index_optimization",
            enabled=False,
            status="disabled",
            reason="switched off by ada; press e to switch it on",
            queue=QueueDepth(scheduled=1),
            metrics=ServiceMetrics(2, 0, 0, 1.84, NOW - 5_400),
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
        Alert("cycles", "warning", "3 tasks wait for each other; see `cycles`", NOW - 2_700, "ada"),
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
    priority: ServicePriority = ServicePriority.NORMAL,
    deadline: float | None = None,
) -> OperationView:
    """``since`` is seconds before NOW, negative for what is still to come; ``deadline`` after."""
    finished = state in {"completed", "failed", "cancelled"}
    return OperationView(
        id=number,
        service=service,
        kind=kind,
        key=key,
        state=state,
        priority=priority,
        attempts=attempts,
        max_attempts=5,
        run_at=NOW - since,
        created_at=NOW - max(since, 0) - 60,
        claimed_at=NOW - since if state == "running" or finished else None,
        finished_at=NOW - since if finished else None,
        deadline=None if deadline is None else NOW + deadline,
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
    _operation(9429, SYNC, "sync_links", "t-m9xe", "available", since=95, waiting_for="kuzu",
               priority=ServicePriority.CRITICAL, deadline=-35),
    *(
        _operation(9430 + index, SYNC, "sync_task", key, "available", since=31, waiting_for="kuzu")
        for index, key in enumerate(("t-7hq2", "t-k4wd", "t-b83f"))
    ),
    _operation(9440, SYNC, "sync_links", "t-b83f", "scheduled", since=-8, attempts=2,
               detail="StoreUnavailableError: kuzu: no answer for 30 s"),
    _operation(9441, EMBED, "embed_task", "t-ye5n", "scheduled", since=-2,
               priority=ServicePriority.HIGH, deadline=600),
    _operation(9442, CYCLES, "full_cycle_check", "periodic", "scheduled", since=-240),
    _operation(9300, TIDY, "optimize_indices", "periodic", "scheduled", since=-1_260,
               priority=ServicePriority.LOW,
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
