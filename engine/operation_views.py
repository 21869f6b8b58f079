"""What a person asks about many operations, and the answers: frozen, to cross a socket."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.operations import OperationFilter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.snapshots import OperationView

SORTS = ("id", "service", "kind", "key", "state", "priority", "attempts", "when")
"""What a page can be sorted by; ``when`` is when it is due, or when it finished."""
LARGEST_PAGE = 1_000
BUCKETS = 24
"""Parts of the trend of a group of errors, an hour each; the last is the present one."""
BUCKET_SECONDS = 3_600.0


@dataclass(frozen=True, slots=True)
class OperationsQuery:
    """A part of a list of operations."""

    which: OperationFilter = field(default_factory=OperationFilter)
    sort: str = ""
    """One of ``SORTS``; empty is the order of interest: running, available, paused, scheduled,
    newest finished."""
    descending: bool = False
    limit: int = 100
    offset: int = 0


@dataclass(frozen=True, slots=True)
class OperationsPage:
    """The answer: rows without payload and traceback, and how many there are in all."""

    rows: tuple[OperationView, ...] = ()
    total: int = 0
    offset: int = 0


@dataclass(frozen=True, slots=True)
class SteeringPreview:
    """What steering would touch now."""

    total: int = 0
    by_service: Mapping[str, int] = field(default_factory=dict)
    ids: tuple[int, ...] = ()
    """The first of them, at most as many as were asked for ..."""
    priorities: tuple[int, ...] = ()
    """... and the priority of each."""


@dataclass(frozen=True, slots=True)
class ErrorGroup:
    """Failed operations of a service with the same error but for numbers, ids and paths."""

    fingerprint: str
    service: str
    message: str
    """The newest error, cut to a few hundred characters."""
    pattern: str
    """The same with what differs replaced."""
    count: int
    first_at: float
    last_at: float
    trend: tuple[int, ...] = ()
    """Failures in each of the last ``BUCKETS`` times ``BUCKET_SECONDS``, oldest first."""
    samples: tuple[int, ...] = ()
    """Ids of the newest operations in it."""
    kinds: tuple[str, ...] = ()
    """Kinds of the samples."""
    traceback: str = ""
    """Of the newest one."""
