"""What a background service is: the kinds of operation it takes, and what it does with a batch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from engine.errors import UnknownOperationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.clock import Clock
    from engine.database.database import Database
    from engine.monitoring.events import EventLog
    from engine.operations import Operation, Outcome
    from engine.queue.sqlite_queue import SqliteQueue
    from engine.resources.governor import Governor
    from engine.service_config import ServiceConfiguration
    from engine.services.breaker import Breakers
    from engine.snapshots import Progress
    from engine.stores.embedder import Embedder
    from engine.stores.projections import Projections
    from engine.stores.tasks import TaskStore


@dataclass(slots=True)
class ServiceContext:
    """The parts of the engine that services work on. ``config`` is replaced on a profile switch."""

    config: ServiceConfiguration
    database: Database
    queue: SqliteQueue
    tasks: TaskStore
    projections: Projections
    embedder: Embedder
    events: EventLog
    clock: Clock
    breakers: Breakers
    governor: Governor
    started_at: float
    """Unix seconds."""


class BackgroundService(ABC):
    """A service. Its runner claims operations, calls :meth:`run` and settles the outcomes."""

    name: ClassVar[str]
    kinds: ClassVar[frozenset[str]]
    """Operations it takes."""
    dependencies: ClassVar[frozenset[str]] = frozenset()
    """Parts that it needs; while one is away nothing is taken."""
    max_workers: ClassVar[int | None] = None
    """Batches that may run at the same time whatever is configured; None sets no limit."""

    def __init__(self, context: ServiceContext) -> None:
        self.context = context

    @property
    @abstractmethod
    def enabled(self) -> bool:
        """What the configuration says."""

    @property
    def batch_size(self) -> int:
        """Operations claimed at once at most."""
        return 1

    @property
    def min_batch_size(self) -> int:
        """Operations that a batch is never made smaller than, however slow they are."""
        return 1

    @property
    def trouble(self) -> str:
        """Why it can't do its work, beyond a part that is away; empty when it can."""
        return ""

    @property
    def activity(self) -> str:
        """How far the work at hand is; empty for a service that does not say."""
        return ""

    async def last_result(self) -> str:
        """What the last work brought; empty for a service that does not say."""
        return ""

    @property
    def progress(self) -> Progress | None:
        """How far a long work is; None while there is none."""
        return None

    def longest_seconds(self, kind: str) -> float:
        """How long a run may take; the net behind the limits of the calls that it makes."""
        del kind
        return self.context.config.operation_timeout_seconds

    @abstractmethod
    async def run(self, kind: str, operations: Sequence[Operation]) -> Sequence[Outcome]:
        """Do the work of a batch of one kind; one outcome an operation, in order.

        ``Completed`` only for an effect that was read back from the store. Raises
        DependencyDownError when a part it needs is away (nobody's fault: the batch waits); for
        any other error the batch is split to find the operation at fault.
        """

    async def probe(self) -> None:  # noqa: B027 - most need nothing, so doing nothing is right
        """Check that what the service needs is there; DependencyDownError if it is not."""

    def check_kind(self, kind: str) -> None:
        """UnknownOperationError that lists the kinds there are, unless ``kind`` is one."""
        if kind not in self.kinds:
            allowed = ", ".join(sorted(self.kinds))
            raise UnknownOperationError(f"{self.name} has no operation {kind!r}; it has {allowed}")
