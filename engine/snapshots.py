"""What the engine shows of itself: frozen values that every front draws.

They are made of plain values, so that they can cross a socket and a widget can be a pure function
of one. Times are Unix seconds, durations seconds, sizes bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.operations import ServicePriority


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """The process that owns the store."""

    state: str = "stopped"
    """starting, open (the stores are, the services do not run), running, stopping, stopped."""
    pid: int = 0
    mode: str = ""
    """What kind of front it is: dashboard, headless, mcp, command or library."""
    fronts: int = 0
    """How many other processes are attached to it."""
    profile: str = ""
    uptime_seconds: float = 0.0
    version: str = ""
    data_dir: str = ""
    memory_bytes: Mapping[str, int] = field(default_factory=dict)
    """Resident memory of each process: main, embedder, projections."""
    peak_memory_bytes: Mapping[str, int] = field(default_factory=dict)
    cpu_percent: Mapping[str, float] = field(default_factory=dict)
    """Use of one processor by each process since the last status."""
    loop_lag_seconds: float = 0.0
    """Largest recent delay of the event loop."""
    share: float = 1.0
    """The part of its usual work that the engine does now, 0.1 to 1."""
    share_reason: str = ""
    """Why that is less than 1."""
    refresh_per_second: float = 0.0
    """How often a dashboard is to be drawn anew by its configuration; 0 where that is not known."""
    unexpected_errors: Mapping[str, int] = field(default_factory=dict)
    """Errors that nobody foresaw, since the process began, by where: the name of a loop, ``calls``
    of other fronts, ``opening``."""


@dataclass(frozen=True, slots=True)
class QueueDepth:
    """Operations of one service by state; ``failed`` counts those kept in the history."""

    scheduled: int = 0
    available: int = 0
    running: int = 0
    failed: int = 0
    parked: int = 0
    """Paused by a person; counted among the scheduled."""
    overdue: int = 0
    """Alive past their deadline."""


@dataclass(frozen=True, slots=True)
class ServiceMetrics:
    """Counted since the engine started."""

    operations_completed: int = 0
    operations_failed: int = 0
    operations_retried: int = 0
    average_processing_time: float = 0.0
    last_operation_time: float | None = None
    errors_last_hour: int = 0
    rate_per_second: float = 0.0
    """Completed operations, averaged over the last 10 seconds."""
    error_rate: float = 0.0
    """Share of the runs of the last hour that failed, 0 to 1."""
    deadlines_missed: int = 0
    """Operations that finished after their deadline."""
    p50_seconds: float | None = None
    """Half of the runs of the last hour took at most this long; None without any."""
    p95_seconds: float | None = None
    p99_seconds: float | None = None
    oldest_wait_seconds: float | None = None
    """How long the operation that waits longest has been due."""


STEPS = "steps"
"""The unit of what differs too much to be counted: the activity says which step it is."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long work is."""

    done: int
    total: int
    """0 while nobody knows."""
    unit: str
    """What is counted: rows, changes, steps."""
    rate: float = 0.0
    """A second; 0 while nobody knows."""
    seconds_left: float | None = None


@dataclass(frozen=True, slots=True)
class ServiceSnapshot:
    """One service."""

    name: str
    enabled: bool = True
    status: str = "stopped"
    """running, degraded, paused, failed, disabled, stopped."""
    reason: str = ""
    """Why the status is not ``running``, and what to do about it."""
    activity: str = ""
    """What it is doing now; empty when idle."""
    last_result: str = ""
    """What its last work brought; empty for a service that does not say."""
    progress: Progress | None = None
    """How far that is; None for what is soon done."""
    workers: int = 1
    """Batches that may run at the same time."""
    queue: QueueDepth = field(default_factory=QueueDepth)
    metrics: ServiceMetrics = field(default_factory=ServiceMetrics)


@dataclass(frozen=True, slots=True)
class Parity:
    """A projection compared with the truth, read from the stores themselves."""

    expected: int = 0
    current: int = 0
    missing: int = 0
    stale: int = 0
    orphaned: int = 0
    error: str = ""
    """Why the projection could not be read; the numbers above mean nothing then."""
    examples: tuple[str, ...] = field(default=(), compare=False)
    """The first that are wrong: ``missing t-1``, ``stale t-2 -> t-3 (blocks)``."""

    @property
    def complete(self) -> bool:
        """Whether the projection equals the truth."""
        return not (self.error or self.missing or self.stale or self.orphaned)


@dataclass(frozen=True, slots=True)
class GraphParity:
    """Parity of the graph's two kinds of rows."""

    nodes: Parity = field(default_factory=Parity)
    edges: Parity = field(default_factory=Parity)


@dataclass(frozen=True, slots=True)
class StoreParity:
    """Parity of both projections."""

    vectors: Parity = field(default_factory=Parity)
    graph: GraphParity = field(default_factory=GraphParity)
    checked_at: float | None = None
    searched_model: str = ""
    """Whose vectors are searched while those of another model are made; empty otherwise."""

    @property
    def complete(self) -> bool:
        """Whether the three stores are in step."""
        return self.vectors.complete and self.graph.nodes.complete and self.graph.edges.complete


@dataclass(frozen=True, slots=True)
class TaskCounts:
    """How many tasks and links there are."""

    total: int = 0
    by_status: Mapping[str, int] = field(default_factory=dict)
    links: Mapping[str, int] = field(default_factory=dict)
    """Links between tasks that exist, by kind."""
    dangling: int = 0
    """Links whose target does not exist (yet)."""


@dataclass(frozen=True, slots=True)
class CycleCounts:
    """Strongly connected components of more than one task, and the tasks in them."""

    components: int = 0
    tasks: int = 0


@dataclass(frozen=True, slots=True)
class Alert:
    """Something a person should know."""

    id: str
    severity: str
    """warning or critical."""
    message: str
    """What is wrong and what to do."""
    since: float = 0.0
    acknowledged_by: str = ""
    """Who took note of it; empty while nobody did."""
    resolved_at: float | None = None


@dataclass(frozen=True, slots=True)
class OptimizationRun:
    """What one optimisation of one store did, measured before and after."""

    id: int
    """0 for one that was only tried out."""
    store: str
    """sqlite, chroma, kuzu."""
    at: float
    seconds: float
    reason: str = ""
    """Why it ran: interval, fragmentation, ..., or who asked for it."""
    steps: tuple[str, ...] = ()
    """What was done, and why; empty when there was nothing to do."""
    left: tuple[str, ...] = ()
    """What would have paid but was left alone, and why."""
    before: Mapping[str, float] = field(default_factory=dict)
    """All stores: bytes (logs included), query_seconds. SQLite: pages, free_pages, wal_bytes.
    Chroma: vectors, elements, tombstones, recall (0 to 1). Kuzu: rows, needed_bytes."""
    after: Mapping[str, float] = field(default_factory=dict)
    result: str = ""
    """What it gained in a line, "nothing to do", or what is wrong."""
    damage: str = ""
    """What an integrity check found; nothing was changed then."""

    @property
    def gained_bytes(self) -> int:
        """How much smaller the store is; negative when it grew."""
        return int(self.before.get("bytes", 0) - self.after.get("bytes", 0))


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """All that a status line, a dashboard or a monitor needs, at one moment."""

    engine: EngineInfo = field(default_factory=EngineInfo)
    services: Mapping[str, ServiceSnapshot] = field(default_factory=dict)
    tasks: TaskCounts = field(default_factory=TaskCounts)
    parity: StoreParity = field(default_factory=StoreParity)
    cycles: CycleCounts = field(default_factory=CycleCounts)
    alerts: tuple[Alert, ...] = ()
    optimizations: tuple[OptimizationRun, ...] = ()
    """The last run on each store."""


@dataclass(frozen=True, slots=True)
class OperationView:
    """One operation as a person sees it, alive or finished."""

    id: int
    service: str
    kind: str
    key: str | None
    state: str
    priority: ServicePriority
    attempts: int
    max_attempts: int
    run_at: float
    created_at: float
    claimed_at: float | None = None
    finished_at: float | None = None
    deadline: float | None = None
    origin: str = ""
    waiting_for: str = ""
    detail: str = ""
    """Last error or reason; empty when all is well."""
    history: tuple[Mapping[str, Any], ...] = ()
    """One object an attempt that failed: at, error, traceback."""
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, numbered in order."""

    seq: int
    at: float
    kind: str
    """For instance task.created, service.degraded, operation.failed."""
    subject: str = ""
    actor: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Update:
    """One message of a subscription: where things stand, or one thing that happened since."""

    seq: int
    """The number of the latest event that it covers."""
    status: EngineStatus | None = None
    """All of it: first of all, and whenever the reader missed events (it was slow, or the engine
    moved to another process)."""
    event: Event | None = None


@dataclass(frozen=True, slots=True)
class ImportChange:
    """What an import did to one task, or would do."""

    id: str
    """Empty for a new task that gets its id when it is stored."""
    title: str
    what: str
    """created or updated."""
    fields: tuple[str, ...] = ()
    """What was updated."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    links: int = 0
    dangling: int = 0
    """Links of the file whose target does not exist."""
    errors: tuple[tuple[int, str], ...] = ()
    """Line number and what is wrong with it, for each line left out."""
    changes: tuple[ImportChange, ...] = ()
    """Each task created or updated."""


@dataclass(frozen=True, slots=True)
class IdleReport:
    """How waiting for the queue to run dry ended."""

    idle: bool
    remaining: int = 0
    waiting_for: tuple[str, ...] = ()
    """Why the rest can't run: a dependency that is away, a service that is off."""
