"""Puts together what the alert rules look at."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from engine.monitoring.alerts import Situation
from engine.monitoring.watch import free_bytes
from engine.services.optimization import records
from engine.snapshots import CycleCounts

if TYPE_CHECKING:
    from engine.background_services import BackgroundServiceManager
    from engine.database.database import Database


async def situation(manager: BackgroundServiceManager) -> Situation:
    """The engine as it is now, the projections as they were last read."""
    depths = await manager.depths()
    return Situation(
        config=manager.config,
        services={n: await r.snapshot(depths[n]) for n, r in manager.runners.items()},
        parity=manager.last_parity,
        cycles=await cycle_counts(manager.context.database),
        crashed_loops=manager.crashed_loops,
        set_aside=dict(manager.parity.set_aside),
        parity_lag_seconds=manager.parity.lag_seconds,
        loop_lag_seconds=manager.lag.seconds,
        baselines=manager.watch.baselines,
        damage=await last_damage(manager.context.database),
        notes=manager.plugin_problems,
        disk_free_bytes=await free_bytes(manager.config.data_dir),
    )


async def cycle_counts(database: Database) -> CycleCounts:
    """The cycles alive, as the service last found them."""
    rows = await database.rows("SELECT tasks FROM cycles WHERE resolved_at IS NULL")
    return CycleCounts(len(rows), sum(len(json.loads(row["tasks"])) for row in rows))


async def last_damage(database: Database) -> str:
    """What the last integrity check of SQLite found; empty when all was whole."""
    runs = await records.latest(database, 1, "sqlite")
    return runs[0].damage if runs else ""
