from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.configuration.sections import AlertSettings
from engine.monitoring.alerts import LEAST_RUNS, Situation, current_alerts, one_line
from engine.service_config import ServiceConfiguration
from engine.snapshots import (
    CycleCounts,
    GraphParity,
    Parity,
    QueueDepth,
    ServiceMetrics,
    ServiceSnapshot,
    StoreParity,
)

CONFIG = ServiceConfiguration(
    data_dir=Path("/data"),
    alerts=AlertSettings(
        queue_depth=100,
        errors_last_hour=10,
        error_rate_percent=20,
        slowdown_factor=3,
        parity_lag_seconds=900,
        loop_lag_seconds=0.25,
        disk_free_mb=500,
    ),
)
QUIET = Situation(CONFIG, services={"sync": ServiceSnapshot("sync", status="running")})


def with_service(**changes) -> Situation:
    service = ServiceSnapshot("sync", **{"status": "running", **changes})
    return replace(QUIET, services={"sync": service})


def metrics(**numbers) -> Situation:
    return with_service(metrics=ServiceMetrics(**numbers))


def queue(**numbers) -> Situation:
    return with_service(queue=QueueDepth(**numbers))


def slow(p95: float, usual: float | None) -> Situation:
    return replace(metrics(p95_seconds=p95), baselines={"sync": usual})


def failures(errors: int, share: float) -> Situation:
    return metrics(errors_last_hour=errors, error_rate=share)


BROKEN = Parity(error="disk I/O error")


@pytest.mark.parametrize(
    ("situation", "expected"),
    [
        (QUIET, {}),
        (with_service(status="failed", reason="r"), {"service-failed.sync": "critical"}),
        (with_service(status="degraded", reason="r"), {"service-degraded.sync": "warning"}),
        (with_service(status="paused"), {}),
        (replace(QUIET, crashed_loops={"stager": "boom"}), {"loop.stager": "critical"}),
        (queue(scheduled=60, available=40), {}),
        (queue(scheduled=60, available=41), {"queue.sync": "warning"}),
        (queue(failed=1), {"operations-failed.sync": "warning"}),
        (queue(overdue=1), {"overdue.sync": "warning"}),
        (metrics(errors_last_hour=10), {}),
        (metrics(errors_last_hour=11), {"errors.sync": "warning"}),
        (failures(4, 4 / LEAST_RUNS), {}),
        (failures(5, 5 / LEAST_RUNS), {"error-rate.sync": "warning"}),
        (failures(5, 5 / (LEAST_RUNS - 1)), {}),
        (slow(2.9, 1.0), {}),
        (slow(3.1, 1.0), {"slow.sync": "warning"}),
        (slow(3.1, None), {}),
        (slow(0.04, 0.001), {}),
        (metrics(p95_seconds=3.1), {}),
        (replace(QUIET, parity_lag_seconds=900), {}),
        (replace(QUIET, parity_lag_seconds=901), {"parity-lag.stores": "warning"}),
        (replace(QUIET, parity=StoreParity(vectors=BROKEN)), {"parity.vectors": "critical"}),
        (
            replace(QUIET, parity=StoreParity(graph=GraphParity(edges=BROKEN))),
            {"parity.graph": "critical"},
        ),
        (replace(QUIET, loop_lag_seconds=0.25), {}),
        (replace(QUIET, loop_lag_seconds=0.26), {"loop-lag.engine": "warning"}),
        (replace(QUIET, disk_free_bytes=500_000_000), {}),
        (replace(QUIET, disk_free_bytes=499_999_999), {"disk.data": "critical"}),
        (replace(QUIET, cycles=CycleCounts(1, 3)), {"cycles.tasks": "warning"}),
    ],
)
def test_each_rule_speaks_only_beyond_its_limit(situation, expected) -> None:
    assert {alert.id: alert.severity for alert in current_alerts(situation)} == expected


def test_every_plugin_that_was_not_loaded_is_an_alert_of_its_own() -> None:
    found = current_alerts(replace(QUIET, notes=("words: no module", "Bad Name: not allowed")))
    assert len({alert.id for alert in found}) == 2
    assert "words: no module" in found[0].message
    again = current_alerts(replace(QUIET, notes=("words: no module",)))
    assert again[0].id == found[0].id


def test_critical_ones_come_first() -> None:
    situation = replace(QUIET, cycles=CycleCounts(2, 5), crashed_loops={"stager": "boom"})
    assert [alert.severity for alert in current_alerts(situation)] == ["critical", "warning"]


def test_advice_is_not_given_twice() -> None:
    crashed = {"stager": "crashed 5 times in a row: x; restart the engine"}
    (alert,) = current_alerts(replace(QUIET, crashed_loops=crashed))
    assert alert.message.count("restart the engine") == 1


@given(st.text(max_size=700))
def test_foreign_text_stays_on_one_bounded_printable_line(text: str) -> None:
    line = one_line(text)
    assert line.isprintable()
    assert len(line) <= 300
    (alert,) = current_alerts(with_service(status="degraded", reason=text))
    assert alert.message.isprintable()
    alert.message.encode()
