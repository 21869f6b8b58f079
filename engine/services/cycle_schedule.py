"""Queues a full check for cycles when the last one is long ago."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.operations import NewOperation, ServicePriority, ServiceType

if TYPE_CHECKING:
    from engine.services.base import ServiceContext

POLL_SECONDS = 10.0
"""How late a check may be, also after the interval was made shorter."""


async def keep_time(context: ServiceContext) -> None:
    """For ever: a check each ``full_check_interval_seconds``, counted across restarts."""
    while True:
        due = await _last(context) + context.config.cycle_detection.full_check_interval_seconds
        wait = due - context.clock.now()
        if wait > 0 or not context.config.cycle_detection.enabled:
            await context.clock.sleep(min(max(wait, 1.0), POLL_SECONDS))
            continue
        await context.queue.enqueue(
            [
                NewOperation(
                    ServiceType.CYCLE_DETECTION,
                    "full_cycle_check",
                    "periodic",
                    priority=ServicePriority.LOW,
                    origin="interval",
                )
            ]
        )
        await context.clock.sleep(POLL_SECONDS)


async def _last(context: ServiceContext) -> float:
    """When all links were last looked at; a store that never was counts from the start."""
    row = await context.database.row("SELECT value FROM meta WHERE key = 'cycles_scanned_at'")
    return context.started_at if row is None else float(row["value"])
