"""Finds dependency cycles, and keeps a record of when each was born and resolved."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from engine.cycle_views import CycleReport
from engine.cycles.arrays import pack
from engine.cycles.loading import POSITION
from engine.cycles.records import record
from engine.operations import Completed, ServiceType
from engine.services.base import BackgroundService

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.cycles.arrays import PackedGraph
    from engine.cycles.guard import CycleGuard
    from engine.cycles.records import Recorded
    from engine.database.writer import WriterConnection
    from engine.operations import Operation, Outcome
    from engine.services.base import ServiceContext

COUNTED = f"""
    SELECT ({POSITION}) AS position, (SELECT count(*) FROM tasks) AS tasks,
           (SELECT count(*) FROM links AS l JOIN tasks AS t ON t.id = l.target_id
            WHERE l.kind IN ('blocks', 'parent-child')) AS edges
"""
TRIES = 3
"""Times that the order is compared with the truth when writes come in between."""
SHOWN = 20
"""Tasks of a cycle that are named in an event."""


class _Known(NamedTuple):
    """What the order knows at one point of the change log."""

    edges: int
    cyclic: bool
    packed: PackedGraph | None


class CycleDependencyService(BackgroundService):
    """check_cycles: what the order knows; full_cycle_check: all links on arrays, and the order."""

    name = ServiceType.CYCLE_DETECTION
    kinds = frozenset({"check_cycles", "full_cycle_check"})
    max_workers = 1

    def __init__(self, context: ServiceContext) -> None:
        super().__init__(context)
        self._checking = asyncio.Lock()

    @property
    def enabled(self) -> bool:
        """What the configuration says."""
        return self.context.config.cycle_detection.enabled

    @property
    def _guard(self) -> CycleGuard:
        return self.context.tasks.guard

    def longest_seconds(self, kind: str) -> float:
        """The detection, and the time that the explanations get on top."""
        explaining = self.context.config.cycle_detection.detection_timeout_seconds
        return super().longest_seconds(kind) + explaining

    async def run(self, kind: str, operations: Sequence[Operation]) -> Sequence[Outcome]:
        """One check answers for the whole batch."""
        report = await self.check(full=kind == "full_cycle_check")
        evidence = {
            "components": len(report.components),
            "edges": report.edges_checked,
            "bounded": report.bounded,
        }
        return [Completed(evidence)] * len(operations)

    async def check(self, *, full: bool = False) -> CycleReport:
        """Check now, record what was born and resolved, and say what there is.

        ``full`` looks at all links even if the order says that there is no cycle, and compares the
        order with the truth.
        """
        async with self._checking:  # an older result must not be recorded after a newer one
            if full:
                await self._verify()
            report = await self._detect(full=full)
            now = self.context.clock.now()
            recorded = await self.context.database.write(
                lambda c: record(c, report.components, now)
            )
            if full:
                await self.context.database.write(lambda c: _scanned(c, now))
        self._tell(recorded)
        return replace(report, components=tuple(recorded.components))

    def _tell(self, recorded: Recorded) -> None:
        add = self.context.events.add
        for component in recorded.born:
            add("cycle.born", component.cycle[0], message=_shown(component.cycle), level="warning")
        for component in recorded.changed:
            message = f"cycle {component.id} has {len(component.tasks):,} tasks now"
            add("cycle.changed", component.cycle[0], message=message)
        if recorded.resolved:
            add("cycle.resolved", message=f"{len(recorded.resolved)} resolved")

    async def _detect(self, *, full: bool) -> CycleReport:
        settings = self.context.config.cycle_detection
        depth, seconds = settings.max_detection_depth, settings.detection_timeout_seconds
        known = await self.context.database.write(partial(self._known, full))
        if known is None:
            self._guard.start()  # meanwhile the file is read as it is
            return await self.context.projections.audit(depth, seconds)
        if known.packed is None:
            return CycleReport(checked_at=self.context.clock.now(), edges_checked=known.edges)
        groups = await self.context.projections.components(known.packed)
        if bool(groups) != known.cyclic:
            await self.context.database.write(
                lambda _: self._guard.doubt(f"{len(groups)} components were found")
            )
        nodes = [node for group in groups for node in group]
        ids = await self.context.database.write(lambda _: self._names(nodes))
        return await self.context.projections.explain(ids, depth, seconds, known.edges)

    def _known(self, full: bool, _: WriterConnection) -> _Known | None:
        graph = self._guard.graph
        if graph is None:
            return None
        cyclic = bool(graph.aside)
        return _Known(graph.edges, cyclic, pack(graph) if cyclic or full else None)

    def _names(self, nodes: Sequence[int]) -> list[str]:
        graph = self._guard.graph
        return [] if graph is None else [graph.names[n] for n in nodes if n < len(graph.names)]

    async def _verify(self) -> None:
        """Compare the order's numbers with those of the truth at the same moment."""
        for _ in range(TRIES):
            row = await self.context.database.row(COUNTED)
            if row is None:
                return
            counted = row["position"], row["tasks"], row["edges"]
            if await self.context.database.write(partial(self._compare, counted)):
                return

    def _compare(self, counted: tuple[int, int, int], connection: WriterConnection) -> bool:
        """Whether they could be compared; a difference has the order loaded anew."""
        graph = self._guard.graph
        (position,) = connection.execute(POSITION).fetchone()
        if graph is None or position != counted[0]:
            return graph is None
        held = len(graph.nodes), graph.edges
        if held != counted[1:]:
            self._guard.doubt(f"it has {held} tasks and edges, the truth {counted[1:]}")
        return True


def _scanned(connection: WriterConnection, now: float) -> None:
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('cycles_scanned_at', ?)", (str(now),))


def _shown(cycle: Sequence[str]) -> str:
    more = f" -> ... ({len(cycle):,} tasks)" if len(cycle) > SHOWN else f" -> {cycle[0]}"
    return " -> ".join(cycle[:SHOWN]) + more
