"""Whether an optimisation is worth queueing: a pure function of what was measured and is known."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from engine.services.optimization.plan import (
    MEGABYTE,
    WORTH_TOMBSTONES,
    megabytes,
    share,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.configuration.sections import OptimizationSettings

PATIENCE_SECONDS = 3600.0
"""How long a regular optimisation waits for a quiet time before it runs anyway."""
APART_SECONDS = 600.0
"""Least time between two optimisations that a measurement caused."""
LONGEST_BACKOFF_SECONDS = 86_400.0
MIN_FREE_PAGES = 256
"""1 MB: of a file smaller than that, a large share is nothing."""
MIN_SECONDS = 0.005
"""A probe that is quicker is fast enough, however fast it used to be; below it is noise."""
MIN_ASKED = 20
"""Vectors asked for below which a share says nothing."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The stores at one moment. Times are Unix seconds."""

    now: float
    started_at: float
    """Of this engine."""
    optimized_at: float | None = None
    """None before the first optimisation."""
    quiet: bool = True
    outstanding: bool = False
    """Whether an optimisation is queued or runs."""
    free_pages: int = 0
    pages: int = 0
    wal_bytes: int = 0
    seconds: float | None = None
    """The median of the last probes; None while there are too few."""
    elements: int = 0
    """In Chroma's indexes on the disk, tombstones included."""
    vectors: int = 0
    """That there should be."""
    asked: int = 0
    """Stored vectors that were asked for lately ..."""
    reached: int = 0
    """... and those of them that were found."""
    graph_bytes: int = 0
    """Kuzu's file, without its log."""
    graph_needed: float = 0.0
    """Bytes of a freshly loaded graph; 0 while nobody knows."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What is kept over a restart."""

    since: float
    """When the schedule first ran on this store."""
    optimization: int = 0
    """Number of the run that ``baseline`` belongs to; 0 is none."""
    baseline: float | None = None
    """Median seconds of the probe after that run."""
    queued_at: float | None = None
    pending: str = ""
    """The reason of the optimisation that was queued and not yet judged."""
    pending_after: int = 0
    """Number of the last run before it."""
    pending_seconds: float = 0.0
    """Median seconds of the probe before it."""
    in_vain: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Reasons whose last run gained nothing: when that was seen, and seconds to leave it alone."""


@dataclass(frozen=True, slots=True)
class Decision:
    """An optimisation that is worth queueing."""

    reason: str
    because: str
    kind: str = "optimize_indices"
    anyway: bool = False
    """It has waited long enough for a quiet time."""


def decide(settings: OptimizationSettings, measured: Measured, memory: Memory) -> Decision | None:
    """Whether to queue an optimisation now, and why."""
    included = (
        settings.vacuum_sqlite,
        settings.optimize_chroma_indices,
        settings.optimize_kuzu_indices,
    )
    if not settings.enabled or not any(included) or measured.outstanding:
        return None
    regular = _regular(settings, measured, memory)
    if regular is not None:
        return regular
    if not measured.quiet or _within(measured.now, memory.queued_at, APART_SECONDS):
        return None
    for decision in _paying(settings, measured, memory):
        seen_at, seconds = memory.in_vain.get(decision.reason, (None, 0.0))
        if not _within(measured.now, seen_at, seconds):
            return decision
    return None


def _within(now: float, since: float | None, seconds: float) -> bool:
    # a ``since`` in the future comes of a clock that was set back, and must hold nothing up
    return since is not None and 0 <= now - since < seconds


def _regular(settings: OptimizationSettings, measured: Measured, memory: Memory) -> Decision | None:
    interval = settings.optimize_interval_hours * 3600
    last = memory.since if measured.optimized_at is None else measured.optimized_at
    due = last + interval
    # one that was queued and failed is not queued again at every look
    if measured.now < due or _within(measured.now, memory.queued_at, min(interval, APART_SECONDS)):
        return None
    because = f"{(measured.now - last) / 3600:.1f} h since the last"
    if measured.quiet:
        return Decision("interval", because)
    waited = measured.now - max(due, measured.started_at)
    if waited < PATIENCE_SECONDS:
        return None
    return Decision("interval", f"{because}, and no quiet time for 1 h", anyway=True)


def _paying(
    settings: OptimizationSettings, measured: Measured, memory: Memory
) -> Iterator[Decision]:
    if settings.vacuum_sqlite:
        yield from _sqlite_pays(settings, measured, memory)
    if settings.optimize_chroma_indices:
        yield from _chroma_pays(settings, measured)
    if settings.optimize_kuzu_indices:
        yield from _kuzu_pays(settings, measured)


def _sqlite_pays(
    settings: OptimizationSettings, measured: Measured, memory: Memory
) -> Iterator[Decision]:
    kind, free = "vacuum_sqlite", share(measured.free_pages, measured.pages)
    if free >= settings.fragmentation_percent and measured.free_pages >= MIN_FREE_PAGES:
        yield Decision("fragmentation", f"{free:.0f}% of the pages in SQLite are free", kind)
    log = measured.wal_bytes / MEGABYTE
    if log >= settings.wal_mb:
        yield Decision("wal", f"SQLite's write-ahead log has {log:.0f} MB", kind)
    if measured.seconds is None or memory.baseline is None:
        return
    slowest = max(settings.slowdown_factor * memory.baseline, MIN_SECONDS)
    if measured.seconds >= slowest:
        now, then = measured.seconds * 1000, memory.baseline * 1000
        because = f"a query takes {now:.1f} ms that used to take {then:.1f} ms"
        yield Decision("slowdown", because, kind)


def _chroma_pays(settings: OptimizationSettings, measured: Measured) -> Iterator[Decision]:
    kind, dead = "optimize_chroma", measured.elements - measured.vectors
    percent = share(dead, measured.elements)
    if dead >= WORTH_TOMBSTONES and percent >= settings.tombstone_percent:
        yield Decision("tombstones", f"{percent:.0f}% of Chroma's index are tombstones", kind)
    found = share(measured.reached, measured.asked)
    if measured.asked >= MIN_ASKED and found < settings.recall_percent:
        yield Decision("recall", f"Chroma finds {found:.0f}% of the vectors it holds", kind)


def _kuzu_pays(settings: OptimizationSettings, measured: Measured) -> Iterator[Decision]:
    needed = measured.graph_needed
    if needed and measured.graph_bytes > settings.graph_growth_factor * needed:
        because = f"Kuzu's file has {megabytes(measured.graph_bytes)}, {megabytes(needed)} would do"
        yield Decision("graph_growth", because, "optimize_kuzu")


def judged(memory: Memory, gained: bool, now: float) -> Memory:
    """``memory`` once it is known whether the pending optimisation gained anything."""
    in_vain = {reason: kept for reason, kept in memory.in_vain.items() if reason != memory.pending}
    if not gained:
        _, before = memory.in_vain.get(memory.pending, (now, APART_SECONDS))
        in_vain[memory.pending] = (now, min(2 * before, LONGEST_BACKOFF_SECONDS))
    return replace(memory, pending="", in_vain=in_vain)
