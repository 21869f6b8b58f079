"""How many operations there are, counted along with every commit so that nobody has to count."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from engine.operations import FINAL_STATES, LIVE_STATES

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping


class Depths:
    """Numbers by service and state. Read on the loop, where commits are told of too."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str], int] = defaultdict(int)
        self.alive = 0
        self.finished = 0

    def load(self, rows: Iterable[sqlite3.Row]) -> None:
        """Start from what a query counted: service, state, number."""
        for row in rows:
            self._add(row["service"], row["state"], row["number"])

    def apply(self, effects: Mapping[tuple[str, ...], int]) -> None:
        """Follow a commit: service, state before, state after; an empty state is none."""
        for (service, before, after), number in effects.items():
            self._add(service, before, -number)
            self._add(service, after, number)

    def _add(self, service: str, state: str, number: int) -> None:
        if state in LIVE_STATES:
            self.alive += number
        elif state in FINAL_STATES:
            self.finished += number
        else:
            return
        self._numbers[service, state] += number

    def services(self) -> list[str]:
        """All that ever had an operation."""
        return sorted({service for service, _ in self._numbers})

    def of(self, service: str, state: str) -> int:
        """The number of one service's operations in a state."""
        return self._numbers.get((service, state), 0)


COUNT = """
SELECT service, state, count(*) AS number FROM (
    SELECT service, 'scheduled' AS state FROM operations WHERE state = 'scheduled'
    UNION ALL SELECT service, 'available' FROM operations WHERE state = 'available'
    UNION ALL SELECT service, 'running' FROM operations WHERE state = 'running'
    UNION ALL SELECT service, state FROM finished_operations)
GROUP BY service, state
"""
"""What :meth:`Depths.load` reads at the start; later it is never counted again."""
