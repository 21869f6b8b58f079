"""From the made-up activity to the status that an engine would report of it: pure functions."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.snapshots import (
    Alert,
    CycleCounts,
    EngineInfo,
    EngineStatus,
    GraphParity,
    Parity,
    Progress,
    QueueDepth,
    ServiceMetrics,
    ServiceSnapshot,
    StoreParity,
)
from vespera_tui.demo.activity import PAST_SECONDS
from vespera_tui.demo.script import AT_ONCE, EMBED, SECONDS, SERVICES, SYNC, TIDY
from vespera_tui.demo.stores import MIB, optimizations

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.cycle_views import CycleComponent
    from engine.operations import Operation
    from engine.snapshots import TaskCounts
    from vespera_tui.demo.activity import Activity

MEMORY = {"main": 83 * MIB, "embedder": 402 * MIB, "projections": 171 * MIB}
PAGES = 12_288
"""What optimising goes through."""
EXAMPLES = 10
"""Tasks that are not in step and are named."""
MANY_FAILED = 12
"""Failed operations of a service that are worth an alert."""


def status_of(
    activity: Activity,
    depths: Mapping[str, QueueDepth],
    tasks: TaskCounts,
    cycles: Sequence[CycleComponent],
    *,
    profile: str,
    acknowledged: Mapping[str, str],
) -> EngineStatus:
    """The status now. ``acknowledged``: who took note of an alert, by its id."""
    services = {
        name: service_snapshot(activity, name, depths.get(name, QueueDepth())) for name in SERVICES
    }
    counts = CycleCounts(len(cycles), sum(len(each.tasks) for each in cycles))
    alerts = _alerts(activity, services, counts)
    return EngineStatus(
        engine=EngineInfo(
            state="running",
            pid=os.getpid(),
            profile=profile,
            uptime_seconds=PAST_SECONDS + activity.now - activity.started,
            version="0.1.0",
            data_dir="made up, nothing stored",
            memory_bytes=MEMORY,
            loop_lag_seconds=(1 + int(activity.now) % 5) / 1000,  # the same at any question
        ),
        services=services,
        tasks=tasks,
        parity=_parity(activity, services, tasks),
        cycles=counts,
        alerts=tuple(replace(a, acknowledged_by=acknowledged.get(a.id, "")) for a in alerts),
        optimizations=optimizations(activity.started),
    )


def service_snapshot(activity: Activity, name: str, depth: QueueDepth) -> ServiceSnapshot:
    """One service now."""
    work, queue = activity.work[name], activity.queue
    running = [each for each in activity.running if each[1].service == name]
    status, reason = "running", ""
    if not work.enabled:
        status, reason = "disabled", "switched off; its operations wait"
    elif name in queue.pauses():
        status, reason = "paused", queue.pauses()[name]
    elif name == SYNC and activity.away_for is not None:
        status, reason = "degraded", "kuzu: no answer for 30 s; restarting, work waits"
    waiting = [row.run_at for row in queue.store.select("available", service=name)]
    return ServiceSnapshot(
        name,
        enabled=work.enabled,
        status=status,
        reason=reason,
        activity=f"{running[0][1].kind} x{len(running)}" if running else "",
        progress=_progress(*running[0], activity.now) if name == TIDY and running else None,
        workers=AT_ONCE[name],
        queue=depth,
        metrics=ServiceMetrics(
            operations_completed=work.done,
            operations_failed=work.failed,
            operations_retried=work.retried,
            errors_last_hour=work.failed + work.retried,
            rate_per_second=sum(work.last) / len(work.last),
            p50_seconds=SECONDS[name] / 9,
            p95_seconds=SECONDS[name] / 3,
            oldest_wait_seconds=activity.now - min(waiting) if waiting else None,
        ),
    )


def _progress(due: float, operation: Operation, now: float) -> Progress:
    """How far a long run is that ends at ``due``."""
    begun = operation.claimed_at or now
    rate = PAGES / (due - begun)
    return Progress(int((now - begun) * rate), PAGES, "pages", rate, due - now)


def _parity(
    activity: Activity, services: Mapping[str, ServiceSnapshot], tasks: TaskCounts
) -> StoreParity:
    """What waits in the queues is not in step yet."""
    total, links = tasks.total, sum(tasks.links.values())
    late = {
        name: min(each.queue.available + each.queue.scheduled, total)
        for name, each in services.items()
    }
    stale, missing = _waiting(activity, SYNC, "stale"), _waiting(activity, EMBED, "missing")
    nodes = Parity(total, total - late[SYNC], 0, late[SYNC], examples=stale)
    edges = Parity(links, links - late[SYNC] // 3, late[SYNC] // 3)
    vectors = Parity(total, total - late[EMBED], late[EMBED], examples=missing)
    return StoreParity(vectors, GraphParity(nodes, edges), activity.now)


def _waiting(activity: Activity, service: str, word: str) -> tuple[str, ...]:
    """The first tasks that ``service`` has yet to write, and what they are until then."""
    rows = activity.queue.store.select("available", service=service)
    tasks = dict.fromkeys(row.key for row in rows if row.key and row.kind.endswith("_task"))
    return tuple(f"{word} {task}" for task in tasks)[:EXAMPLES]


def _alerts(
    activity: Activity, services: Mapping[str, ServiceSnapshot], cycles: CycleCounts
) -> list[Alert]:
    since, found = activity.started - PAST_SECONDS, []
    if (away := activity.away_for) is not None:
        message = "kuzu is away; graph work waits for it and goes on by itself"
        found.append(Alert("kuzu-down", "critical", message, activity.now - away))
    if cycles.tasks:
        message = f"{cycles.tasks} tasks wait for each other; see screen 3"
        found.append(Alert("cycles", "warning", message, since))
    for name, each in services.items():
        if each.queue.failed > MANY_FAILED:
            message = f"{name}: {each.queue.failed} operations failed; see screen 4"
            found.append(Alert(f"failed.{name}", "warning", message, since + 60))
    return found
