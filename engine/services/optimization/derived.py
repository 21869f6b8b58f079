"""Chroma and Kuzu: measured and worked on by the process that holds them, in small steps."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING

from engine.services.optimization import look, plan, records

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from engine.configuration.sections import OptimizationSettings
    from engine.database.database import Database
    from engine.services.optimization.plan import Plan, Work
    from engine.stores.projections import Projections

    Tell = Callable[[str], None]

TEXT_SAMPLED = 1000


class ChromaUpkeep:
    """Works on the vectors."""

    def __init__(self, database: Database, projections: Projections, tell: Tell) -> None:
        self._database, self._projections, self._tell = database, projections, tell
        self._rebuilt = False

    async def measure(self, settings: OptimizationSettings) -> dict[str, float]:
        """Size, vectors, tombstones, recall and latency; what its files say included."""
        last = await records.latest(self._database, 1)
        found = await self._projections.upkeep(
            "chroma.measure",
            self._tell,
            sample=settings.recall_sample,
            turn=last[0].id if last else 0,
        )
        files = await asyncio.to_thread(look.chroma_files, self._database.path.parent)
        figures = {**found, **files._asdict()}
        figures["tombstones"] = max(files.elements - found["vectors"], 0)
        if self._rebuilt and "recall" in found:
            figures["rebuilt_recall"] = found["recall"]
        return figures

    async def plan(self, settings: OptimizationSettings, figures: dict[str, float]) -> Plan:
        """What there is to do."""
        self._rebuilt = False
        last = await records.last_with(self._database, "chroma", "rebuilt_recall")
        free = await asyncio.to_thread(_free_disk, self._database.path.parent)
        return plan.chroma_plan(settings, figures, last.get("rebuilt_recall"), free)

    async def do(self, work: Work) -> None:
        """Do one work of a plan."""
        del work  # there is one kind
        await self._projections.upkeep("chroma.rebuild", self._tell)
        self._rebuilt = True


class KuzuUpkeep:
    """Works on the graph."""

    def __init__(self, database: Database, projections: Projections, tell: Tell) -> None:
        self._database, self._projections, self._tell = database, projections, tell
        self._fresh: dict[str, float] = {}

    async def measure(self, settings: OptimizationSettings) -> dict[str, float]:
        """Size, rows, latency, and the bytes that a freshly loaded graph needs."""
        del settings
        found = await self._projections.upkeep("kuzu.measure", self._tell)
        needed = await graph_needs(self._database, found["rows"])
        return {**found, "needed_bytes": needed, **self._fresh}

    async def plan(self, settings: OptimizationSettings, figures: dict[str, float]) -> Plan:
        """What there is to do."""
        self._fresh = {}
        free = await asyncio.to_thread(_free_disk, self._database.path.parent)
        return plan.kuzu_plan(settings, figures, free)

    async def do(self, work: Work) -> None:
        """Do one work of a plan."""
        if work.name == plan.CHECKPOINT:
            await self._projections.upkeep("kuzu.checkpoint", self._tell)
        else:
            told = await self._projections.upkeep("kuzu.rewrite", self._tell)
            self._fresh = {"fresh_bytes": told["fresh_bytes"]}


async def graph_needs(database: Database, rows: float) -> float:
    """Bytes of a freshly loaded graph of ``rows`` nodes and edges, from what is known of it."""
    last = await records.last_with(database, "kuzu", "fresh_bytes")
    text = await database.row(
        "SELECT avg(length(id) + length(title) + length(status) + length(project)"
        f" + length(assignee)) FROM (SELECT * FROM tasks LIMIT {TEXT_SAMPLED})"
    )
    tasks = await database.row("SELECT count(*) FROM tasks")
    characters = ((text[0] if text else 0) or 0) * (tasks[0] if tasks else 0)
    return plan.graph_needs(rows, characters, last.get("fresh_bytes"), last.get("rows", 0))


def _free_disk(folder: Path) -> int:
    return shutil.disk_usage(folder).free
