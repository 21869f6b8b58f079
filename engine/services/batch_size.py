"""How many operations make a batch: fitted to what they cost and to how many wait."""

from __future__ import annotations

import math

WEIGHT = 0.3
"""How much the newest run counts in the average cost."""


class BatchSize:
    """The size of a service's next batch."""

    def __init__(self) -> None:
        self._cost = 0.0

    @property
    def cost_seconds(self) -> float:
        """Average time that an operation takes within a batch; 0 while nothing ran."""
        return self._cost

    def observe(self, operations: int, seconds: float) -> None:
        """A batch of ``operations`` took ``seconds``."""
        cost = seconds / operations
        self._cost = cost if not self._cost else self._cost + WEIGHT * (cost - self._cost)

    def next(
        self, *, smallest: int, largest: int, target_seconds: float, backlog: int, workers: int
    ) -> int:
        """Operations for the next batch, from ``smallest`` to ``largest``.

        As many as take ``target_seconds``, but no more than a worker's fair part of the backlog,
        so that a short queue is shared out rather than taken by the first to come.
        """
        affordable = largest if not self._cost else int(target_seconds / self._cost)
        fair = math.ceil(backlog / workers)
        return max(1, min(smallest, largest), min(affordable, fair, largest))
