"""What an optimisation has to do: pure functions of what was measured. Nothing to gain, no work."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from engine.configuration.sections import OptimizationSettings

    Figures = Mapping[str, float]

MEGABYTE = 1_000_000
WORTH_BYTES = MEGABYTE
"""Less than that is not worth any work, whatever its share."""
WORTH_TOMBSTONES = 500
VACUUM_BYTES_A_SECOND = 50 * MEGABYTE
"""A careful guess at a full VACUUM: 150 MB of data a second were measured on two cores."""
ROOM = 2
"""A store is copied only where this many times its bytes are free."""
UNUSED_MARGIN = 15.0
"""Percent more that must be unused than after the last full VACUUM: large rows leave gaps."""
RECALL_MARGIN = 0.02
"""How far recall must fall below what a new index reached, where that was below the setting."""
GRAPH_BYTES, GRAPH_BYTES_A_ROW = 4 * MEGABYTE, 60
"""What Kuzu needs for a freshly loaded graph, beside its text; measured up to 60,000 rows."""

VACUUM, FREE_PAGES, CHECKPOINT = "full VACUUM", "incremental vacuum", "checkpoint"
REBUILD, REWRITE = "new index", "new file"


class Work(NamedTuple):
    """Something to do, and why."""

    name: str
    why: str

    def __str__(self) -> str:
        return f"{self.name}: {self.why}"


class Plan(NamedTuple):
    """The work of one store."""

    works: tuple[Work, ...] = ()
    left: tuple[Work, ...] = ()
    """What would pay but must not be done now, and why not."""


def sqlite_plan(
    settings: OptimizationSettings,
    figures: Figures,
    analyses: Sequence[str],
    free_disk: float,
    reached: float = 0.0,
) -> Plan:
    """Statistics, free pages and the log; a full VACUUM only where nothing less helps.

    ``analyses`` are statements that SQLite itself recommends; ``free_disk`` is bytes; ``reached``
    is the share that was unused right after the last full VACUUM, in percent.
    """
    works = [Work(one, "the planner's figures are missing or old") for one in analyses]
    lost = _only_by_full_vacuum(figures)
    why_not = _no_full_vacuum(settings, figures, free_disk)
    percent = unused_percent(figures)
    wanted = max(settings.full_vacuum_percent, reached + UNUSED_MARGIN if reached else 0.0)
    pays = lost >= WORTH_BYTES and percent >= wanted
    if pays and not why_not:
        works.append(Work(VACUUM, f"{percent:.0f}% of the file is unused"))
    elif figures["incremental"] and _free_bytes(figures) >= WORTH_BYTES:
        why = f"{figures['free_pages']:,.0f} of {figures['pages']:,.0f} pages are free"
        works.append(Work(FREE_PAGES, why))
    if len(works) > len(analyses):
        works.append(Work(CHECKPOINT, "so that the file becomes smaller"))
    elif figures["wal_bytes"] >= WORTH_BYTES:
        works.append(Work(CHECKPOINT, f"the log has {megabytes(figures['wal_bytes'])}"))
    return Plan(tuple(works), (Work(VACUUM, why_not),) if pays and why_not else ())


def unused_percent(figures: Figures) -> float:
    """What only a full VACUUM can give back, of the file without what less gives back."""
    free = _free_bytes(figures) if figures["incremental"] else 0.0
    return share(_only_by_full_vacuum(figures), figures["file_bytes"] - free)


def _free_bytes(figures: Figures) -> float:
    return figures["file_bytes"] * share(figures["free_pages"], figures["pages"]) / 100


def _only_by_full_vacuum(figures: Figures) -> float:
    """Bytes that nothing less gives back."""
    return figures["unused_bytes"] + (0.0 if figures["incremental"] else _free_bytes(figures))


def _no_full_vacuum(settings: OptimizationSettings, figures: Figures, free_disk: float) -> str:
    """Why it must not be done; empty when it may."""
    if free_disk < ROOM * figures["file_bytes"]:
        return f"it needs {megabytes(ROOM * figures['file_bytes'])} of free disk"
    data = figures["file_bytes"] - figures["unused_bytes"] - _free_bytes(figures)
    seconds = data / VACUUM_BYTES_A_SECOND
    if seconds > settings.full_vacuum_seconds:
        return (
            f"writers would wait about {seconds:.1f} s,"
            f" and full_vacuum_seconds is {settings.full_vacuum_seconds:g}"
        )
    return ""


def chroma_plan(
    settings: OptimizationSettings, figures: Figures, reached: float | None, free_disk: float
) -> Plan:
    """A new index in a fresh folder; ``reached`` is the recall right after the last one."""
    why = next(_new_index_pays(settings, figures, reached), "")
    if not why:
        return Plan()
    if free_disk < ROOM * figures["bytes"]:
        room = megabytes(ROOM * figures["bytes"])
        return Plan(left=(Work(REBUILD, f"{why}, but it needs {room} of free disk"),))
    return Plan((Work(REBUILD, why),))


def _new_index_pays(
    settings: OptimizationSettings, figures: Figures, reached: float | None
) -> Iterator[str]:
    recall, dead = figures.get("recall"), figures["tombstones"]
    wanted = settings.recall_percent / 100
    if reached is not None:  # more than a new index gave can't be had
        wanted = min(wanted, reached - RECALL_MARGIN)
    if recall is not None and recall < wanted:
        yield f"recall is {recall:.3f}, and {wanted:.3f} is wanted"
    percent = share(dead, figures["elements"])
    if dead >= WORTH_TOMBSTONES and percent >= settings.tombstone_percent:
        yield f"{percent:.0f}% of the index are tombstones"
    free = share(figures["free_pages"], figures["pages"])
    unused = figures["sqlite_bytes"] * free / 100
    if unused >= WORTH_BYTES and free >= settings.fragmentation_percent:
        yield f"{free:.0f}% of the pages in Chroma's SQLite are free"


def kuzu_plan(settings: OptimizationSettings, figures: Figures, free_disk: float) -> Plan:
    """The log written into the file, or a new file where that has outgrown its data."""
    needed, file = figures["needed_bytes"], figures["bytes"] - figures["wal_bytes"]
    if file > settings.graph_growth_factor * needed:
        why = f"{megabytes(file)} for what fits into {megabytes(needed)}"
        if free_disk < ROOM * needed:
            return Plan(left=(Work(REWRITE, f"{why}, but there is no free disk for it"),))
        return Plan((Work(REWRITE, why),))
    if figures["wal_bytes"] >= WORTH_BYTES:
        return Plan((Work(CHECKPOINT, f"the log has {megabytes(figures['wal_bytes'])}"),))
    return Plan()


def graph_needs(
    rows: float, text_bytes: float, fresh_bytes: float | None = None, fresh_rows: float = 0
) -> float:
    """Bytes of a freshly loaded graph; by what the last one took, where one is known."""
    estimate = GRAPH_BYTES + GRAPH_BYTES_A_ROW * rows + text_bytes
    if fresh_bytes is None:
        return estimate
    return max(estimate, fresh_bytes * max(1.0, rows / fresh_rows if fresh_rows else 1.0))


def share(part: float, whole: float) -> float:
    """In percent; 0 of nothing."""
    return 100.0 * part / whole if whole else 0.0


def megabytes(size: float) -> str:
    """Bytes as people read them."""
    return f"{size / MEGABYTE:,.1f} MB"
