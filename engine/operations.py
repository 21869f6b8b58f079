"""An operation, the life it leads, and how one run of it can end. All values, no database."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class ServiceType(StrEnum):
    """The four services that come with the engine."""

    AUTO_EMBEDDING = "auto_embedding"
    CYCLE_DETECTION = "cycle_detection"
    INCREMENTAL_SYNC = "incremental_sync"
    INDEX_OPTIMIZATION = "index_optimization"


class ServicePriority(IntEnum):
    """Lower runs first."""

    CRITICAL = 0
    HIGH = 1
    NORMAL = 2
    LOW = 3


class OperationState(StrEnum):
    """Where an operation is in its life; the last three are final."""

    SCHEDULED = "scheduled"
    """Waits for its time."""
    AVAILABLE = "available"
    """Due; waits for a worker."""
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    """Gave up after its last attempt; can be retried by hand."""
    CANCELLED = "cancelled"


LIVE_STATES = (OperationState.SCHEDULED, OperationState.AVAILABLE, OperationState.RUNNING)
FINAL_STATES = (OperationState.COMPLETED, OperationState.FAILED, OperationState.CANCELLED)
NO_DEADLINE = 1e18
"""Stands for "no deadline" in the queue's order (an index can't sort NULL last)."""


class NewOperation(NamedTuple):
    """A request to run something. Equal ``(service, kind, key)`` that still wait become one."""

    service: str
    kind: str
    key: str | None = None
    """What it works on, usually a task id; None never coalesces."""
    payload: Mapping[str, Any] = MappingProxyType({})
    priority: ServicePriority = ServicePriority.NORMAL
    delay: float = 0.0
    """Seconds until it is due. A repeated request pushes it out again ..."""
    max_wait: float | None = None
    """... but never further than this many seconds after the first; default ten delays."""
    deadline: float = NO_DEADLINE
    """Unix seconds; within a priority the earliest runs first."""
    max_attempts: int | None = None
    """Runs that may fail before it is ``failed``; default from the configuration."""
    origin: str = ""
    """Who caused it: a person, an agent, a service."""


class Operation(NamedTuple):
    """An operation as a worker claims it. Times are Unix seconds."""

    id: int
    service: str
    kind: str
    key: str | None
    payload: Mapping[str, Any]
    priority: ServicePriority
    state: OperationState
    run_at: float
    deadline: float
    attempts: int
    """Runs that ended in failure."""
    max_attempts: int
    claims: int
    """Number of the current claim; an acknowledgement with an older one changes nothing."""
    origin: str
    created_at: float
    claimed_at: float | None = None


@dataclass(frozen=True, slots=True)
class Completed:
    """The effect is in the store; ``evidence`` says what was read back."""

    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failed:
    """The run failed. ``permanent`` failures are not tried again."""

    error: str
    traceback: str = ""
    permanent: bool = False


@dataclass(frozen=True, slots=True)
class Snooze:
    """Not now: try again in ``seconds``. Not counted as an attempt."""

    seconds: float
    reason: str
    dependency: str = ""
    """Set when a part that the work needs is away."""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The work became pointless, for instance because its task is gone."""

    reason: str


Outcome = Completed | Failed | Snooze | Cancelled


@dataclass(frozen=True, slots=True)
class OperationFilter:
    """Which operations are meant; what is None does not matter, so nothing given means all."""

    ids: tuple[int, ...] | None = None
    """Those alone: of an empty tuple none."""
    service: str | None = None
    kind: str | None = None
    key: str | None = None
    state: str | None = None
    origin: str | None = None
    target: str | None = None
    """What the key looks like: ``*`` stands for anything, ``?`` for one character."""
    text: str | None = None
    """Somewhere in kind, key, origin, errors, or what it waits for or ended with."""
    fingerprint: str | None = None
    """Failed in the same way; see :class:`engine.operation_views.ErrorGroup`."""


class Steering(StrEnum):
    """What a person can do to operations that do not run."""

    CANCEL = "cancel"
    """Waiting ones end as cancelled."""
    RETRY = "retry"
    """Failed and cancelled ones are queued again, with fresh attempts.

    A failed one of which an equal one waits already is kept as cancelled: that one does the work.
    """
    RUN_NOW = "run_now"
    """Scheduled ones are due at once, paused ones among them."""
    PRIORITIZE = "prioritize"
    """Waiting ones get another priority."""
    PAUSE = "pause"
    """Waiting ones are held back until resumed."""
    RESUME = "resume"
    DISCARD = "discard"
    """Failed ones are counted and shown as failed no more; they are kept as cancelled."""
    RESTORE = "restore"
    """Discarded ones are failed again."""
    UNDO_CANCEL = "undo_cancel"
    """Cancelled ones wait as they did, unless an equal one waits."""
    UNDO_RETRY = "undo_retry"
    """Retried ones are as they were, unless they began to run or were wished for again."""
