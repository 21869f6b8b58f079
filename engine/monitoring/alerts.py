"""What a person should know now, derived from a status; nothing is stored, nothing can linger."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from engine.snapshots import Alert, CycleCounts, Parity, ServiceSnapshot, StoreParity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from engine.service_config import ServiceConfiguration


def current_alerts(
    config: ServiceConfiguration,
    services: Mapping[str, ServiceSnapshot],
    parity: StoreParity,
    cycles: CycleCounts,
) -> tuple[Alert, ...]:
    """All alerts that the given state calls for, the gravest first."""
    found = [
        *_disk(config),
        *(alert for service in services.values() for alert in _service(config, service)),
        *_projection("vectors", parity.vectors),
        *_projection("graph", parity.graph.nodes),
        *_cycles(cycles),
    ]
    return tuple(sorted(found, key=lambda alert: alert.severity != "critical"))


def _service(config: ServiceConfiguration, service: ServiceSnapshot) -> Iterator[Alert]:
    if service.status in {"degraded", "failed"}:
        severity = "critical" if service.status == "failed" else "warning"
        message = f"{service.name} is {service.status}: {service.reason}"
        yield Alert(f"service.{service.name}", severity, message)
    if service.queue.failed:
        message = (
            f"{service.name}: {service.queue.failed} operations failed for good;"
            " look at their errors, then retry them"
        )
        yield Alert(f"failed.{service.name}", "warning", message)
    waiting = service.queue.scheduled + service.queue.available
    if waiting > config.alerts.queue_depth:
        message = f"{service.name}: {waiting:,} operations wait"
        yield Alert(f"queue.{service.name}", "warning", message)
    if service.metrics.errors_last_hour > config.alerts.errors_last_hour:
        message = f"{service.name}: {service.metrics.errors_last_hour} errors in the last hour"
        yield Alert(f"errors.{service.name}", "warning", message)


def _projection(name: str, parity: Parity) -> Iterator[Alert]:
    if parity.error:
        yield Alert(f"parity.{name}", "critical", f"{name} can't be read: {parity.error}")


def _cycles(cycles: CycleCounts) -> Iterator[Alert]:
    if cycles.components:
        message = (
            f"{cycles.components} dependency cycles hold up {cycles.tasks} tasks;"
            " remove the suggested links (vespera-tui cycles)"
        )
        yield Alert("cycles", "warning", message)


def _disk(config: ServiceConfiguration) -> Iterator[Alert]:
    if not config.data_dir.exists():
        return
    free = shutil.disk_usage(config.data_dir).free // 1_000_000
    if free < config.alerts.disk_free_mb:
        message = f"only {free:,} MB free at {config.data_dir}; make room, or writes will fail"
        yield Alert("disk", "critical", message)
