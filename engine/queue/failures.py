"""Failed operations in groups: counted, timed and shown by example, read through one index."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from engine.operation_views import BUCKET_SECONDS, BUCKETS, ErrorGroup
from engine.queue.encoding import decode
from engine.queue.fingerprint import pattern

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

SAMPLES = 10
"""Operations of a group that are named."""
SHOWN = 500
"""Characters of a message."""
MARK = "result ->> 'fingerprint'"
FAILED = "FROM finished_operations WHERE state = 'failed'"
GROUPS = f"""
SELECT {MARK} AS fingerprint, count(*) AS number, min(finished_at) AS first_at,
       max(finished_at) AS last_at
{FAILED} GROUP BY 1 ORDER BY last_at DESC LIMIT :limit
"""
TREND = f"""
SELECT {MARK} AS fingerprint, CAST((finished_at - :start) / :seconds AS INTEGER) AS bucket,
       count(*) AS number
{FAILED} AND finished_at >= :start GROUP BY 1, 2
"""
NEWEST = f"""
SELECT id, service, kind, history, result {FAILED} AND {MARK} IS :fingerprint
ORDER BY finished_at DESC LIMIT :samples
"""


def groups(connection: sqlite3.Connection, now: float, limit: int) -> list[ErrorGroup]:
    """Up to ``limit`` groups, the one that failed last first."""
    found = connection.execute(GROUPS, {"limit": limit}).fetchall()
    start = now - BUCKETS * BUCKET_SECONDS
    counted = connection.execute(TREND, {"start": start, "seconds": BUCKET_SECONDS})
    trends: dict[str, list[int]] = defaultdict(lambda: [0] * BUCKETS)
    for mark, bucket, number in counted:
        trends[mark][min(bucket, BUCKETS - 1)] += number
    return [
        group_of(
            connection.execute(NEWEST, {"fingerprint": mark, "samples": SAMPLES}).fetchall(),
            mark or "",
            number,
            (first_at, last_at),
            trends[mark],
        )
        for mark, number, first_at, last_at in found
    ]


def group_of(
    newest: Iterable[Mapping[str, object] | sqlite3.Row],
    mark: str,
    number: int,
    times: tuple[float, float],
    trend: Iterable[int],
) -> ErrorGroup:
    """A group from its newest members, the last one first."""
    members = list(newest)
    first = members[0]
    message = str(decode(first["result"]).get("error", ""))  # type: ignore[arg-type] # JSON
    attempts = decode(first["history"])  # type: ignore[arg-type] # JSON
    return ErrorGroup(
        fingerprint=mark,
        service=str(first["service"]),
        message=message[:SHOWN],
        pattern=pattern(message),
        count=number,
        first_at=times[0],
        last_at=times[1],
        trend=tuple(trend),
        samples=tuple(int(str(each["id"])) for each in members),
        kinds=tuple(dict.fromkeys(str(each["kind"]) for each in members)),
        traceback=str(attempts[-1].get("traceback", "")) if attempts else "",
    )
