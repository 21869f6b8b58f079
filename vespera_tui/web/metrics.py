"""The state of the engine as Prometheus metrics: base units, ``_total`` for what only grows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    InfoMetricFamily,
    StateSetMetricFamily,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector, CollectorRegistry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from prometheus_client.core import Metric

    from engine.snapshots import EngineStatus, Parity, ServiceSnapshot

STATUSES = ("running", "degraded", "paused", "failed", "disabled", "stopped")
QUANTILES = {"0.5": "p50_seconds", "0.95": "p95_seconds", "0.99": "p99_seconds"}


def exposition(status: EngineStatus, accept: str) -> tuple[bytes, str]:
    """The metrics in the format that ``accept`` (a header) asks for, and its content type."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(StatusCollector(status))
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


class StatusCollector(Collector):
    """Turns one status into metrics; made anew for each reading."""

    def __init__(self, status: EngineStatus) -> None:
        self._status = status

    def collect(self) -> Iterator[Metric]:
        """All metrics, each with its help text."""
        yield from self._engine()
        yield from self._services()
        yield from self._stores()

    def _engine(self) -> Iterator[Metric]:
        engine = self._status.engine
        info = {"version": engine.version, "profile": engine.profile, "mode": engine.mode}
        yield InfoMetricFamily("vespera_build", "The program that owns the store", value=info)
        running = float(engine.state == "running")
        yield _gauge("engine_running", "1 while the services run", running)
        yield _gauge("engine_uptime_seconds", "Since the engine started", engine.uptime_seconds)
        yield _gauge("fronts", "Other processes attached to the owner", engine.fronts)
        yield _gauge("work_ratio", "Share of its usual work that the engine does", engine.share)
        yield _gauge("event_loop_lag_seconds", "Largest recent delay", engine.loop_lag_seconds)
        memory = "Resident memory of each process"
        yield _by("process_resident_memory_bytes", memory, "process", engine.memory_bytes)
        cpu = {name: percent / 100 for name, percent in engine.cpu_percent.items()}
        yield _by("process_cpu_ratio", "Use of one processor by each process", "process", cpu)
        errors = "Errors that nobody foresaw, by where; the log has them"
        counter = CounterMetricFamily("vespera_unexpected_errors", errors, labels=["where"])
        for where, count in engine.unexpected_errors.items():
            counter.add_metric([where], count)
        yield counter
        alerts = {"warning": 0, "critical": 0}
        for alert in self._status.alerts:
            alerts[alert.severity] = alerts.get(alert.severity, 0) + 1
        yield _by("alerts", "Alerts that are alive", "severity", alerts)

    def _services(self) -> Iterator[Metric]:
        services = self._status.services
        yield _status_of(services)
        yield _depths(services)
        for name, text, field in (
            ("operations_completed", "Operations done", "operations_completed"),
            ("operations_failed", "Runs that failed", "operations_failed"),
            ("operations_retried", "Runs that are tried again", "operations_retried"),
            ("deadlines_missed", "Operations that finished too late", "deadlines_missed"),
        ):
            counter = CounterMetricFamily(f"vespera_{name}", text, labels=["service"])
            for service, found in services.items():
                counter.add_metric([service], getattr(found.metrics, field))
            yield counter
        yield _durations(services)
        waits = {name: found.metrics.oldest_wait_seconds or 0.0 for name, found in services.items()}
        yield _by("oldest_wait_seconds", "How long the oldest has been due", "service", waits)

    def _stores(self) -> Iterator[Metric]:
        tasks, parity = self._status.tasks, self._status.parity
        yield _by("tasks", "Tasks", "status", tasks.by_status)
        yield _by("links", "Links between tasks that exist", "kind", tasks.links)
        yield _gauge("links_dangling", "Links whose target does not exist", tasks.dangling)
        yield _gauge("cycles", "Groups of tasks that wait for one another", self._cycles)
        yield _gauge("cycle_tasks", "Tasks in such groups", self._status.cycles.tasks)
        compared = {
            "vectors": parity.vectors,
            "graph_nodes": parity.graph.nodes,
            "graph_edges": parity.graph.edges,
        }
        yield _parity(compared)
        readable = {name: float(not found.error) for name, found in compared.items()}
        yield _by("projection_readable", "1 unless it can't be read", "projection", readable)
        if parity.checked_at is not None:
            text = "When the projections were last compared with the truth"
            yield _gauge("parity_checked_timestamp_seconds", text, parity.checked_at)

    @property
    def _cycles(self) -> int:
        return self._status.cycles.components


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"vespera_{name}", text, value=value)


def _by(name: str, text: str, label: str, values: Mapping[str, float]) -> Metric:
    gauge = GaugeMetricFamily(f"vespera_{name}", text, labels=[label])
    for key, value in values.items():
        gauge.add_metric([key], value)
    return gauge


def _status_of(services: Mapping[str, ServiceSnapshot]) -> Metric:
    states = StateSetMetricFamily("vespera_service_status", "Its status", labels=["service"])
    for name, service in services.items():
        states.add_metric([name], {status: service.status == status for status in STATUSES})
    return states


def _depths(services: Mapping[str, ServiceSnapshot]) -> Metric:
    text = "Operations by state; parked are among the scheduled, overdue among all"
    gauge = GaugeMetricFamily("vespera_operations", text, labels=["service", "state"])
    for name, service in services.items():
        for state in ("scheduled", "available", "running", "failed", "parked", "overdue"):
            gauge.add_metric([name, state], getattr(service.queue, state))
    return gauge


def _durations(services: Mapping[str, ServiceSnapshot]) -> Metric:
    text = "Runs of the last hour took at most this long"
    labels = ["service", "quantile"]
    gauge = GaugeMetricFamily("vespera_operation_duration_seconds", text, labels=labels)
    for name, service in services.items():
        for quantile, field in QUANTILES.items():
            seconds = getattr(service.metrics, field)
            if seconds is not None:
                gauge.add_metric([name, quantile], seconds)
    return gauge


def _parity(compared: Mapping[str, Parity]) -> Metric:
    text = "Rows of a projection compared with the truth"
    gauge = GaugeMetricFamily("vespera_projection_rows", text, labels=["projection", "condition"])
    conditions: Iterable[str] = ("expected", "current", "missing", "stale", "orphaned")
    for name, found in compared.items():
        for condition in conditions if not found.error else ():
            gauge.add_metric([name, condition], getattr(found, condition))
    return gauge
