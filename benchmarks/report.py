"""The results as tables for people, and as JSON."""

from __future__ import annotations

import os
import platform
import sqlite3
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import psutil
from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchmarks.measure import BATCH, EMPTY, PRODUCERS, Series
from benchmarks.ours import NAME as OURS
from benchmarks.raw import NAME as RAW

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from benchmarks.measure import Sizes

TITLES = {
    "enqueue": f"Enqueue, {PRODUCERS} producers that wait for each (operations/s)",
    "deliver": f"Claim, no-op, acknowledge, batches up to {BATCH} (operations/s)",
    "deliver singly": "Claim, no-op, acknowledge, one at a time (operations/s)",
    "latency": "Enqueue to the start of the handler (ms)",
    "idle CPU": "Idle engine, processor (% of a core)",
    "idle memory": "Idle engine, resident memory (MB)",
    "idle children": "Idle engine, child processes",
    "optimise size": "Optimising used stores: size (MB)",
    "optimise query": "Optimising used stores: a query (ms)",
    "optimise recall": "Optimising used stores: recall of the 10 nearest",
    "optimise seconds": "Optimising used stores: how long it took (s)",
    "optimise wait": "Optimising used stores: the longest that a caller waited (ms)",
    "embed": "From a new task to its vector, marked as done (texts/s)",
    "first vector": "First vector after a cold start, the export cached (s)",
    "get_task": "get_task (ms)",
    "create_task": "create_task (ms)",
    "status": "Status (ms)",
    "takeover": "From SIGKILL of the owner to the next answer (ms)",
    "draw": "Drawing the picture of a cycle (ms)",
    "key": "The longest that the event loop was held by a key in the picture of a cycle (ms)",
    "rebuild": "The whole graph anew (s)",
    "follow": "Changes brought into the graph (nodes and edges/s)",
    "page": "A screen of a list of operations (ms)",
    "question": "Questions about the graph (ms)",
    "loop": "Longest that the event loop was held meanwhile (ms)",
    "every pair": "Checking a random pair, and adding it if it closes no cycle (µs)",
    "added edge": "Of these, pairs that were added (µs)",
    "refused edge": "Of these, pairs that would close a cycle (µs)",
    "audit": "Full audit for cycles (s)",
    "dashboard start": "From the start of the process to what is shown (s)",
    "dashboard key": "From a key to the picture it asks for (ms)",
    "first visit": "From a key to a screen that was not shown before (ms)",
    "meanwhile completed": "Operations completed meanwhile (operations/s)",
    "long list": "Opening the screen of operations, a million finished and scheduled (ms)",
    "watching share": "Watching Overview at 120x40, 2 updates/s (% of a core)",
    "watching drawn": "Written to the terminal meanwhile (kB/s)",
    "watching memory": "Resident memory of the dashboard (MB)",
    "memory": "Resident memory of a busy dashboard over time (MB)",
}
HEAD = ("what", "durability", "file", "median", "min", "max", "x raw", "x best peer", "x empty")
Groups = dict[str, list[Series]]
"""Series by the experiment that took them; ratios are made within one."""


@dataclass(frozen=True)
class Section:
    title: str
    rows: list[tuple[str, ...]]


def environment(folder: Path) -> dict[str, Any]:
    """What the figures depend on."""
    disks = [d for d in psutil.disk_partitions(all=True) if folder.is_relative_to(d.mountpoint)]
    disk = max(disks, key=lambda d: len(d.mountpoint), default=None)
    names = ("vespera-tui", "huey", "persist-queue")
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "system": platform.platform(),
        "cpus": os.cpu_count(),
        "load": os.getloadavg()[0],
        "file_system": disk.fstype if disk else "unknown",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        **{name: version(name) for name in names},
    }


def as_json(groups: Groups, where: dict[str, Any], sizes: Sizes) -> dict[str, Any]:
    found = {
        name: [{**one.as_json(), "ratios": ratios(one, group)} for one in group]
        for name, group in groups.items()
    }
    return {"environment": where, "sizes": asdict(sizes), "results": found}


def ratios(one: Series, group: Sequence[Series]) -> dict[str, float]:
    """To raw and to the fastest peer at the same durability and file; to the empty file."""
    same = [other for other in group if other.measurement == one.measurement]
    alike = [o for o in same if (o.durability, o.file) == (one.durability, one.file)]
    raw = [o.median for o in alike if o.contestant == RAW]
    peers = [o.median for o in alike if o.contestant not in {RAW, OURS}]
    empty = [
        o.median
        for o in same
        if o.file == EMPTY and (o.contestant, o.durability) == (one.contestant, one.durability)
    ]
    found = {}
    if raw and one.contestant != RAW:
        found["raw"] = one.median / raw[0]
    if peers and one.contestant == OURS:
        found["best peer"] = one.median / _best(one.measurement)(peers)
    if empty and one.file != EMPTY:
        found["empty"] = one.median / empty[0]
    return found


def _best(measurement: str) -> Callable[[list[float]], float]:
    """Of rates the greatest, of times the least."""
    return max if TITLES.get(_title_key(measurement), "/s)").endswith("/s)") else min


def sections(groups: Groups) -> list[Section]:
    found = []
    for name, group in groups.items():
        for key, title in TITLES.items():
            rows = [_row(one, group, key) for one in group if _title_key(one.measurement) == key]
            if rows:
                found.append(Section(f"{title} - {name}", rows))
    return found


def _title_key(measurement: str) -> str:
    """The longest title that a measurement stands under: `latency p50` under `latency`."""
    return max((k for k in TITLES if measurement.startswith(k)), key=len, default="")


def _row(one: Series, group: Sequence[Series], key: str) -> tuple[str, ...]:
    found = ratios(one, group)
    compared = (
        f"{found[name]:.2f}" if name in found else "" for name in ("raw", "best peer", "empty")
    )
    detail = one.measurement.removeprefix(key).strip()
    what = f"{one.contestant} {detail}".strip()
    values = (_number(v) for v in (one.median, min(one.values), max(one.values)))
    return (what, one.durability, one.file, *values, *compared)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def explained(groups: Groups) -> list[str]:
    """How each contestant was set up, once."""
    told = {
        f"{one.contestant} {one.durability}: {one.how}"
        for group in groups.values()
        for one in group
    }
    return sorted(told)


def about(where: dict[str, Any], sizes: Sizes) -> str:
    """The conditions, on one line each."""
    return "\n".join(
        ", ".join(
            f"{key} {value:,}" if isinstance(value, int) else f"{key} {value}"
            for key, value in part.items()
        )
        for part in (where, asdict(sizes))
    )


def show(groups: Groups, where: dict[str, Any], sizes: Sizes) -> None:
    """Tables on the terminal."""
    console = Console(width=None if os.isatty(1) else 120)
    for section in sections(groups):
        table = Table(*HEAD[:3], title=Text(section.title), title_justify="left")
        for column in HEAD[3:]:
            table.add_column(column, justify="right")
        for row in section.rows:
            table.add_row(*map(Text, row))
        console.print(table)
    for line in (*explained(groups), about(where, sizes)):
        console.print(Text(line))


def markdown(groups: Groups, where: dict[str, Any], sizes: Sizes) -> str:
    """The same for docs/benchmarks.md."""
    parts = [about(where, sizes).replace("\n", "\n\n")]
    for section in sections(groups):
        lines = [HEAD, ("---",) * 3 + ("---:",) * 6, *section.rows]
        table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        parts.append(f"### {section.title}\n\n{table}")
    parts.append("\n".join(f"- {line}" for line in explained(groups)))
    return "\n\n".join(parts) + "\n"
