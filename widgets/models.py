"""What the widgets show, as frozen values.

Times are Unix seconds, durations seconds, sizes bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class EngineModel:
    """The process that owns the store."""

    state: str = "starting"
    profile: str = ""
    version: str = ""
    uptime: float = 0.0
    data_dir: str = ""
    memory: Mapping[str, int] = field(default_factory=dict)
    """Resident bytes of each process."""
    loop_lag: float = 0.0
    """Largest recent delay of the engine's event loop, in seconds."""
    share: float = 1.0
    """The part of its usual work that the engine does now."""
    share_reason: str = ""
    """Why that is less than 1."""
    problem: str = ""
    """Why the numbers on the screen may be old; empty when they are not."""
    stale_seconds: float | None = None
    """How old they are, when none could be read since."""
    marks: tuple[str, ...] = ()
    """What is special about this dashboard: read-only, demo."""
    attached_to: int = 0
    """The process that owns the engine, when it is another one."""


@dataclass(frozen=True, slots=True)
class ServiceModel:
    """One background service."""

    name: str
    """Its identifier, for instance auto_embedding."""
    title: str
    status: str = "stopped"
    reason: str = ""
    enabled: bool = True
    activity: str = ""
    scheduled: int = 0
    available: int = 0
    running: int = 0
    failed: int = 0
    """Failed operations kept in the history."""
    completed: int = 0
    retried: int = 0
    parked: int = 0
    """Paused by a person; counted among the scheduled."""
    overdue: int = 0
    """Alive past their deadline."""
    missed: int = 0
    """Finished after their deadline."""
    p50_seconds: float | None = None
    """Half of the recent runs took at most this long; None without any."""
    p95_seconds: float | None = None
    wait_seconds: float | None = None
    """How long the operation that waits longest has been due."""
    errors_last_hour: int = 0
    rate: float = 0.0
    """Completed operations a second."""
    rates: tuple[float, ...] = ()
    """Recent values of ``rate``, oldest first."""
    progress: float | None = None
    """How far a long work is, 0 to 1."""
    uncounted: float | None = None
    """The moment, in seconds, of long work of which nobody knows how far it is."""
    progress_text: str = ""
    """The same in numbers."""
    seconds_left: float | None = None
    """Until that, or what is due, is done, if it goes on like this."""


@dataclass(frozen=True, slots=True)
class ParityModel:
    """A projection compared with the tasks."""

    name: str
    expected: int = 0
    current: int = 0
    missing: int = 0
    stale: int = 0
    orphaned: int = 0
    error: str = ""
    examples: tuple[str, ...] = ()
    """Some that are wrong, in words."""

    @property
    def complete(self) -> bool:
        """Whether the projection equals the truth."""
        return not (self.error or self.missing or self.stale or self.orphaned)


@dataclass(frozen=True, slots=True)
class StoresModel:
    """How far the stores are in step, and what the graph holds."""

    parity: tuple[ParityModel, ...] = ()
    checked_age: float | None = None
    """Seconds since parity was read; None when it never was."""
    tasks: int = 0
    links: int = 0
    dangling: int = 0
    components: int = 0
    """Groups of tasks that wait for one another."""
    cycle_tasks: int = 0
    optimised: str = ""
    """What the last optimisations gained; empty when there was none."""


@dataclass(frozen=True, slots=True)
class AlertModel:
    """Something a person should know."""

    id: str
    severity: str
    message: str
    age: float = 0.0
    acknowledged_by: str = ""
    """Who took note of it; empty while nobody did."""
    muted: bool = False
    """Whether it rings no more."""


@dataclass(frozen=True, slots=True)
class EventModel:
    """Something that happened."""

    seq: int
    age: float
    kind: str
    subject: str = ""
    actor: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class OperationModel:
    """One operation of the queue or of its history."""

    id: int
    service: str
    """Its identifier, for instance auto_embedding."""
    title: str
    kind: str
    key: str
    state: str
    attempts: int = 0
    max_attempts: int = 0
    when: str = ""
    """Its age, or when it is due, in words."""
    priority: int = 2
    """From 0, critical, to 3, low."""
    deadline: str = ""
    """How far the deadline is, in words; empty without one."""
    late: bool = False
    """Whether the deadline is past, or was when it finished."""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class KeyHint:
    """A key and what it does."""

    key: str
    title: str
    help: str = ""
    danger: bool = False
    action: str = ""
    """Identifier of the action."""
    unavailable: str = ""
    """Why it can't be done now; empty when it can."""


@dataclass(frozen=True, slots=True)
class HelpSection:
    """Keys, or words of the filter, under a heading."""

    title: str
    hints: tuple[KeyHint, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """A line of a menu."""

    id: str
    title: str
    help: str = ""
    danger: bool = False
