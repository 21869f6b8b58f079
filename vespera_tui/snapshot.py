"""From what the engine reports to what the widgets show: pure functions."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.snapshots import STEPS
from widgets.models import (
    AlertModel,
    EngineModel,
    EventModel,
    OperationModel,
    ParityModel,
    ServiceModel,
    StoresModel,
)
from widgets.words import age

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.snapshots import (
        Alert,
        EngineStatus,
        Event,
        OperationView,
        OptimizationRun,
        Parity,
        Progress,
        ServiceSnapshot,
    )
    from vespera_tui.questions import Question

RECENT, WORTH_TELLING = 20, 10
"""Rates that a time left is told from, and operations due from which it is."""
SHORT_TITLES = {
    "auto_embedding": "Embedding",
    "cycle_detection": "Cycles",
    "incremental_sync": "Sync",
    "index_optimization": "Optimise",
}
"""Where a shorter word than the service's own name says it; any other service needs none."""


@dataclass(frozen=True, slots=True)
class DashboardSnapshot:
    """All that the screens show, at one moment."""

    taken_at: float = 0.0
    """Unix seconds."""
    engine: EngineModel = field(default_factory=EngineModel)
    services: tuple[ServiceModel, ...] = ()
    stores: StoresModel = field(default_factory=StoresModel)
    alerts: tuple[AlertModel, ...] = ()
    events: tuple[EventModel, ...] = ()
    operations: tuple[OperationModel, ...] = ()
    question: Question | None = None
    """What the screen wanted to know ..."""
    answer: object = None
    """... and the answer; None before the first."""
    answer_problem: str = ""
    """Why there is no new answer."""

    @property
    def empty(self) -> bool:
        """Whether the store holds no tasks and never ran anything."""
        return not (self.stores.tasks or self.operations)


def service_title(name: str) -> str:
    """A service's name for people."""
    return SHORT_TITLES.get(name) or name.replace("_", " ").strip().capitalize()


def build(
    status: EngineStatus,
    operations: Sequence[OperationView],
    events: Sequence[Event],
    *,
    now: float,
    rates: Mapping[str, Sequence[float]],
    problem: str = "",
) -> DashboardSnapshot:
    """Everything for the screens. ``rates`` are past rates by service, oldest first."""
    return DashboardSnapshot(
        taken_at=now,
        engine=_engine(status, problem),
        services=tuple(
            _service(name, service, rates.get(name, ()), now)
            for name, service in status.services.items()
        ),
        stores=_stores(status, now),
        alerts=tuple(_alert(alert, now) for alert in status.alerts),
        events=tuple(_event(event, now) for event in events),
        operations=tuple(operation_model(operation, now) for operation in operations),
    )


def _engine(status: EngineStatus, problem: str) -> EngineModel:
    info = status.engine
    attached_to = 0 if not info.mode or info.pid == os.getpid() else info.pid
    return EngineModel(
        state=info.state,
        profile=info.profile,
        version=info.version,
        uptime=info.uptime_seconds,
        data_dir=info.data_dir,
        memory=dict(info.memory_bytes),
        loop_lag=info.loop_lag_seconds,
        share=info.share,
        share_reason=info.share_reason,
        problem=problem,
        marks=(f"attached to {attached_to}",) if attached_to else (),
        attached_to=attached_to,
    )


def _service(
    name: str, service: ServiceSnapshot, rates: Sequence[float], now: float
) -> ServiceModel:
    queue, metrics = service.queue, service.metrics
    return ServiceModel(
        name=name,
        title=service_title(name),
        status=service.status,
        reason=service.reason,
        enabled=service.enabled,
        activity=service.activity,
        scheduled=queue.scheduled,
        available=queue.available,
        running=queue.running,
        failed=queue.failed,
        completed=metrics.operations_completed,
        retried=metrics.operations_retried,
        parked=queue.parked,
        overdue=queue.overdue,
        missed=metrics.deadlines_missed,
        p50_seconds=metrics.p50_seconds,
        p95_seconds=metrics.p95_seconds,
        wait_seconds=metrics.oldest_wait_seconds,
        errors_last_hour=metrics.errors_last_hour,
        rate=metrics.rate_per_second,
        rates=tuple(rates),
        progress=_share(service.progress),
        uncounted=now if service.progress and service.progress.total <= 0 else None,
        progress_text=_progress_text(service),
        seconds_left=_seconds_left(service, rates),
    )


def _share(progress: Progress | None) -> float | None:
    if progress is None or progress.total <= 0:
        return None
    return min(max(progress.done / progress.total, 0.0), 1.0)


def _progress_text(service: ServiceSnapshot) -> str:
    progress = service.progress
    if progress is None or progress.total <= 0:
        return ""
    text = f"{progress.done:,} of {progress.total:,} {progress.unit}"
    return f"{text}, {service.activity}" if progress.unit == STEPS else text


def _seconds_left(service: ServiceSnapshot, rates: Sequence[float]) -> float | None:
    """As the service says, else from how fast its backlog went of late."""
    if service.progress is not None:
        return service.progress.seconds_left
    recent = [*rates][-RECENT:]
    mean = sum(recent) / len(recent) if recent else 0.0
    backlog = service.queue.available
    if service.status != "running" or mean <= 0 or backlog < WORTH_TELLING:
        return None
    return backlog / mean


def _stores(status: EngineStatus, now: float) -> StoresModel:
    parity = status.parity
    checked = parity.checked_at
    return StoresModel(
        parity=(
            _parity("vectors", parity.vectors),
            _parity("nodes", parity.graph.nodes),
            _parity("edges", parity.graph.edges),
        ),
        checked_age=None if checked is None else max(now - checked, 0),
        tasks=status.tasks.total,
        links=sum(status.tasks.links.values()),
        dangling=status.tasks.dangling,
        components=status.cycles.components,
        cycle_tasks=status.cycles.tasks,
        optimised=_optimised(status.optimizations, now),
    )


def _optimised(runs: Sequence[OptimizationRun], now: float) -> str:
    """The last run that did something, of any store."""
    done = [run for run in runs if run.steps or run.damage]
    if not done:
        return ""
    last = max(done, key=lambda run: run.at)
    return f"{last.store}: {last.damage or last.result}, {age(now - last.at)} ago"


def _parity(name: str, parity: Parity) -> ParityModel:
    return ParityModel(
        name,
        parity.expected,
        parity.current,
        parity.missing,
        parity.stale,
        parity.orphaned,
        parity.error,
        parity.examples,
    )


def _alert(alert: Alert, now: float) -> AlertModel:
    past = max(now - alert.since, 0)
    return AlertModel(alert.id, alert.severity, alert.message, past, alert.acknowledged_by)


def _event(event: Event, now: float) -> EventModel:
    past = max(now - event.at, 0)
    return EventModel(event.seq, past, event.kind, event.subject, event.actor, event.message)


def operation_model(operation: OperationView, now: float) -> OperationModel:
    """An operation as a line of a list."""
    deadline, late = _deadline(operation, now)
    waiting = f"waits for {operation.waiting_for}" if operation.waiting_for else ""
    return OperationModel(
        id=operation.id,
        service=operation.service,
        title=service_title(operation.service),
        kind=operation.kind,
        key=operation.key or "",
        state=operation.state,
        attempts=operation.attempts,
        max_attempts=operation.max_attempts,
        when=_when(operation, now),
        priority=operation.priority,
        deadline=deadline,
        late=late,
        detail=operation.detail or waiting,
    )


def _when(operation: OperationView, now: float) -> str:
    if operation.finished_at is not None:
        return f"{age(now - operation.finished_at)} ago"
    if operation.state == "scheduled":
        return f"in {age(operation.run_at - now)}"
    if operation.state == "running" and operation.claimed_at is not None:
        return f"for {age(now - operation.claimed_at)}"
    return f"{age(now - operation.run_at)} ago"


def _deadline(operation: OperationView, now: float) -> tuple[str, bool]:
    """In words, and whether it is past; one that was kept is not worth a word."""
    if operation.deadline is None:
        return "", False
    left = operation.deadline - (now if operation.finished_at is None else operation.finished_at)
    if left < 0:
        return f"late by {age(-left)}", True
    return (f"{age(left)} left", False) if operation.finished_at is None else ("", False)


def operation_line(row: OperationModel) -> str:
    """An operation as text to be copied."""
    return f"{row.id} {row.kind} {row.key} {row.state} {row.detail}".strip()
