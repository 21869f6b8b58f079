"""The past of every service: kept fine for a day, coarse for 90, and never larger than that."""

from __future__ import annotations

import asyncio
import math
from itertools import groupby
from typing import TYPE_CHECKING

from engine.monitoring.samples import COARSE, FINE, Sample, combine, from_rows
from engine.monitoring.trends import by_hour, usual_p95

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import tzinfo

    from engine.clock import Clock
    from engine.database.database import Database
    from engine.monitoring.trends import Quantiles

DAY = 86_400
KEPT_SECONDS = {FINE: DAY, COARSE: 90 * DAY}
PRUNED_AT_ONCE = 1000
ROLLED_AT_ONCE = 3000
"""Fine rows read in one step of a roll-up."""
RECENT_SECONDS = 600
"""Left out of what is usual, so that a slowdown is not compared with itself."""
_COLUMNS = "service, at, numbers, durations"
_SERVICES = """
WITH RECURSIVE names(service) AS (
    SELECT min(service) FROM metric_samples WHERE resolution = ?1
    UNION ALL
    SELECT (SELECT min(service) FROM metric_samples
            WHERE resolution = ?1 AND service > names.service)
    FROM names WHERE names.service IS NOT NULL
) SELECT service FROM names WHERE service IS NOT NULL"""
"""One look into the index a service, instead of a scan of all rows."""
_PENDING = f"""
SELECT {_COLUMNS} FROM metric_samples AS fine
WHERE resolution = {FINE} AND at < ? AND NOT EXISTS (
    SELECT 1 FROM metric_samples AS coarse
    WHERE coarse.resolution = {COARSE} AND coarse.service = fine.service
      AND coarse.at = fine.at / {COARSE} * {COARSE})
ORDER BY service, at LIMIT {ROLLED_AT_ONCE}"""
_SAVE = "INSERT OR REPLACE INTO metric_samples VALUES (?, ?, ?, ?, ?)"


class MetricHistory:
    """Samples in SQLite: 10 s rows for a day, 300 s rows for 90.

    Bound: 8,640 fine and 25,920 coarse rows a service, and the same for the engine itself, plus
    the rows of one hour that wait for :meth:`prune`. Measured for a service with three runs a
    second: 320 bytes a fine row and 520 a coarse one on disk, so 16 MB. A row never takes more
    than about 10 kB, the size of a sketch with every bin in use.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._usual: dict[tuple[str, int], float | None] = {}

    async def record(self, samples: Sequence[Sample]) -> None:
        """Keep samples of 10 s, in one transaction.

        Where the clock was set back, the later measurement of an interval replaces the earlier
        one, and what was rolled up from that is made anew. Raises ValueError for a start that is
        no multiple of 10 s and for NaN or infinity.
        """
        if any(sample.at % FINE for sample in samples):
            raise ValueError(f"samples must begin at multiples of {FINE} s")
        rows = [sample.as_row(FINE) for sample in samples]
        outdated = {(sample.service, sample.at // COARSE * COARSE) for sample in samples}

        def save(connection: sqlite3.Connection) -> None:
            connection.executemany(_SAVE, rows)
            connection.executemany(
                f"DELETE FROM metric_samples WHERE resolution = {COARSE}"
                " AND service = ? AND at = ?",
                outdated,
            )

        await self._database.write(save)

    async def roll_up(self) -> int:
        """Make coarse rows from the fine rows of finished intervals; how many were made.

        Can be repeated at will: only what has no coarse row yet is looked at, and a crash between
        two steps loses nothing.
        """
        finished = int(self._clock.now()) // COARSE * COARSE
        made = 0
        while rows := await self._database.rows(_PENDING, (finished,)):
            coarse = await asyncio.to_thread(_rolled_up, rows)
            await self._save(coarse)
            made += len(coarse)
        if made:
            self._usual.clear()
        return made

    async def _save(self, rows: Sequence[tuple[object, ...]]) -> None:
        def save(connection: sqlite3.Connection) -> None:
            connection.executemany(_SAVE, rows)

        await self._database.write(save)

    async def prune(self) -> int:
        """Roll up, then remove what is too old, a thousand rows a transaction; how many."""
        await self.roll_up()  # or a day without this engine would be lost to the coarse rows
        now, removed = self._clock.now(), 0
        for resolution, kept in KEPT_SECONDS.items():
            for row in await self._database.rows(_SERVICES, (resolution,)):
                removed += await self._prune(resolution, row["service"], int(now) - kept)
        return removed

    async def _prune(self, resolution: int, service: str, before: int) -> int:
        sql = (
            "DELETE FROM metric_samples WHERE resolution = ?1 AND service = ?2 AND at IN"
            " (SELECT at FROM metric_samples WHERE resolution = ?1 AND service = ?2 AND at < ?3"
            f"  ORDER BY at LIMIT {PRUNED_AT_ONCE})"
        )
        removed, step = 0, PRUNED_AT_ONCE
        while step == PRUNED_AT_ONCE:
            step = await self._database.write(
                lambda connection: connection.execute(sql, (resolution, service, before)).rowcount
            )
            removed += step
        return removed

    async def read(
        self, service: str, *, since: float, until: float, resolution: int = FINE
    ) -> tuple[Sample, ...]:
        """Samples whose interval began from ``since`` and before ``until``, oldest first.

        Where nothing was measured there is no sample. ValueError for another resolution than
        10 or 300.
        """
        if resolution not in KEPT_SECONDS:
            raise ValueError(f"resolution {resolution}: must be one of {FINE}, {COARSE}")
        rows = await self._database.rows(
            f"SELECT {_COLUMNS} FROM metric_samples"
            " WHERE resolution = ? AND service = ? AND at >= ? AND at < ? ORDER BY at",
            (resolution, service, math.ceil(since), math.ceil(until)),
        )
        return await asyncio.to_thread(from_rows, rows)

    async def quantiles_by_hour(
        self, service: str, days: int = 7, zone: tzinfo | None = None
    ) -> Mapping[int, Quantiles]:
        """How long runs take by hour of the day (0 to 23), without the hours in which none ran.

        The hours are those of ``zone``, or of this machine.
        """
        now = self._clock.now()
        samples = await self.read(service, since=now - days * DAY, until=now, resolution=COARSE)
        return await asyncio.to_thread(by_hour, samples, zone)

    async def baseline_p95(self, service: str, days: int = 7) -> float | None:
        """What 95% of the service's runs usually stay within, in seconds.

        Of all its runs in the past days, without the last ten minutes; None under 50 runs. It is
        computed once a roll-up, so that asking often is cheap.
        """
        if (service, days) not in self._usual:
            now = self._clock.now()
            # the interval itself, not only its start, must lie before the last ten minutes
            until = math.floor(now) - RECENT_SECONDS - COARSE + 1
            samples = await self.read(
                service, since=now - days * DAY, until=until, resolution=COARSE
            )
            self._usual[service, days] = await asyncio.to_thread(usual_p95, samples)
        return self._usual[service, days]


def _rolled_up(rows: Sequence[sqlite3.Row]) -> list[tuple[object, ...]]:
    return [combine(fine, at).as_row(COARSE) for at, fine in _intervals(rows)]


def _intervals(rows: Sequence[sqlite3.Row]) -> Iterator[tuple[int, list[Sample]]]:
    """The rows by coarse interval; without the last one where the step may have cut it off."""
    groups = [
        (at, list(fine))
        for (_, at), fine in groupby(
            from_rows(rows), key=lambda sample: (sample.service, sample.at // COARSE * COARSE)
        )
    ]
    yield from groups[:-1] if len(rows) == ROLLED_AT_ONCE else groups
