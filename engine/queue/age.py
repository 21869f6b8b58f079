"""Aging: what waited long moves up by a priority at a time, so that nothing waits for ever.

Within a rank the order is by deadline, then by number. What could starve there stands at the head
of one of two ranges: those without a deadline, behind an endless row of those with one, and those
with a deadline, behind a better rank. So only heads are looked at, however long the queue is. The
last step up, above the best priority, takes the time of the step as its turn: there it is first
come, first served, and nothing that arrives later can overtake.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.operations import NO_DEADLINE, ServicePriority

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.database.writer import WriterConnection

HEAD = 200
"""Operations of a service and rank that are looked at in one go."""
PROMOTE = """
UPDATE operations
SET rank = rank - 1, turn = CASE WHEN rank = :best THEN :now ELSE turn END
WHERE id IN (
    SELECT id FROM operations
    WHERE state = 'available' AND service = :service AND rank = :rank AND turn {range} :no_deadline
    ORDER BY turn, id LIMIT :head)
  AND run_at + :aging * (priority - rank + 1) <= :now
"""


def age(connection: WriterConnection, services: Iterable[str], now: float, seconds: float) -> int:
    """Move up what has been due for ``seconds`` for each rank it is to rise; how many."""
    promoted = 0
    values = {"now": now, "aging": seconds, "no_deadline": NO_DEADLINE, "head": HEAD}
    for service in services:
        for rank in ServicePriority:
            for range_ in ("=", "<"):
                promoted += connection.execute(
                    PROMOTE.format(range=range_),
                    {**values, "service": service, "rank": int(rank), "best": 0},
                ).rowcount
    return promoted
