"""Finds dependency cycles, and keeps a record of when each was born and resolved."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from engine.operations import Completed, ServiceType
from engine.services.base import BackgroundService

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from engine.operations import Operation, Outcome
    from engine.snapshots import CycleComponent, CycleReport


class CycleDependencyService(BackgroundService):
    """check_cycles, full_cycle_check: strongly connected components of all waiting links."""

    name = ServiceType.CYCLE_DETECTION
    kinds = frozenset({"check_cycles", "full_cycle_check"})
    max_workers = 1

    @property
    def enabled(self) -> bool:
        """What the configuration says."""
        return self.context.config.cycle_detection.enabled

    def longest_seconds(self, kind: str) -> float:
        """The detection, and the time that the explanations get on top."""
        explaining = self.context.config.cycle_detection.detection_timeout_seconds
        return super().longest_seconds(kind) + explaining

    async def run(self, kind: str, operations: Sequence[Operation]) -> Sequence[Outcome]:
        """One check answers for the whole batch."""
        del kind  # both read all links: an exact check of a million takes half a second
        report = await self.check()
        return [Completed({"components": len(report.components)})] * len(operations)

    async def check(self) -> CycleReport:
        """Check now, record what was born and resolved, and say what there is."""
        settings = self.context.config.cycle_detection
        report = await self.context.projections.audit(
            settings.max_detection_depth, settings.detection_timeout_seconds
        )
        now = self.context.clock.now()
        born, resolved = await self.context.database.write(
            lambda c: record(c, report.components, now)
        )
        for component in born:
            self.context.events.add(
                "cycle.born", component[0], message=" -> ".join(component), level="warning"
            )
        if resolved:
            self.context.events.add("cycle.resolved", message=f"{resolved} resolved")
        return report


def fingerprint(tasks: Sequence[str]) -> str:
    """Names a component by its tasks, whatever their order."""
    return hashlib.sha256("\0".join(sorted(tasks)).encode()).hexdigest()[:16]


def record(
    connection: sqlite3.Connection, components: Sequence[CycleComponent], now: float
) -> tuple[list[tuple[str, ...]], int]:
    """Bring the table of cycles in line; the cycles born, and how many were resolved."""
    alive = {
        row["fingerprint"]
        for row in connection.execute("SELECT fingerprint FROM cycles WHERE resolved_at IS NULL")
    }
    found = {fingerprint(component.tasks): component for component in components}
    for mark in alive - found.keys():
        connection.execute(
            "UPDATE cycles SET resolved_at = ? WHERE fingerprint = ? AND resolved_at IS NULL",
            (now, mark),
        )
    born = {mark: found[mark] for mark in found.keys() - alive}
    for mark, component in born.items():
        cut = component.suggested_cut
        connection.execute(
            "INSERT INTO cycles (fingerprint, tasks, cycle, cut, born_at) VALUES (?, ?, ?, ?, ?)",
            (
                mark,
                json.dumps(component.tasks),
                json.dumps(component.cycle),
                json.dumps(
                    {"from": cut.from_, "to": cut.to, "kind": cut.kind, "reason": cut.reason}
                ),
                now,
            ),
        )
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('cycles_checked_at', ?)", (str(now),))
    return [component.cycle for component in born.values()], len(alive - found.keys())
