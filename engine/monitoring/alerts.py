"""The rules: what a person should know, given the situation. Pure; no store, clock or disk."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.snapshots import Alert, CycleCounts, ServiceSnapshot, StoreParity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from engine.service_config import ServiceConfiguration

LEAST_RUNS = 20
"""Runs in the hour below which a share of failures says nothing."""
LEAST_SLOW_SECONDS = 0.05
"""A run shorter than this is never called slow: the scheduler alone can triple it."""
LONGEST_REASON = 300
"""Characters of a foreign text that are repeated in a message."""


@dataclass(frozen=True, slots=True)
class Situation:
    """All that the rules look at, at one moment. Durations are seconds, sizes bytes."""

    config: ServiceConfiguration
    services: Mapping[str, ServiceSnapshot] = field(default_factory=dict)
    parity: StoreParity = field(default_factory=StoreParity)
    cycles: CycleCounts = field(default_factory=CycleCounts)
    crashed_loops: Mapping[str, str] = field(default_factory=dict)
    """Loops that were given up, and why."""
    baselines: Mapping[str, float | None] = field(default_factory=dict)
    """The p95 of a run that is usual for a service; missing or None while nobody knows."""
    parity_lag_seconds: float | None = None
    """How long the projections have been out of step; None while they are in step."""
    loop_lag_seconds: float = 0.0
    disk_free_bytes: int | None = None
    """Free space at the data directory; None when it can't be told."""
    damage: str = ""
    """What the last integrity check of SQLite found; empty when all was whole."""
    set_aside: Mapping[str, str] = field(default_factory=dict)
    """Why a damaged store was set aside, while it is built anew."""
    notes: Sequence[str] = ()
    """One text for each plugin that could not be loaded: which, and why."""


def current_alerts(situation: Situation) -> tuple[Alert, ...]:
    """All alerts that the situation calls for, critical ones first; ``since`` is left at 0.

    Each message is one line of printable characters. Ids are unique: rule, dot, subject.
    """
    found = [
        *_damage(situation),
        *_disk(situation),
        *_loops(situation),
        *(alert for service in situation.services.values() for alert in _service(service)),
        *(alert for one in situation.services.values() for alert in _numbers(situation, one)),
        *_projections(situation),
        *_cycles(situation.cycles),
        *(_plugin(note) for note in situation.notes),
    ]
    return tuple(sorted(found, key=lambda alert: alert.severity != "critical"))


def one_line(text: str) -> str:
    """A foreign text as one line of printable characters, shortened to a bound."""
    words = " ".join(text.split())
    if len(words) > LONGEST_REASON:
        words = words[: LONGEST_REASON - 1] + "…"
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in words)


def _service(service: ServiceSnapshot) -> Iterator[Alert]:
    """Rules on what a service says of itself, whatever the settings."""
    name, queue, reason = service.name, service.queue, one_line(service.reason)
    # two rules, so that a service acknowledged as degraded is told of again when it fails
    if service.status == "failed":
        message = f"{name} is failed: {reason or 'see the log, then restart the engine'}"
        yield Alert(f"service-failed.{name}", "critical", message)
    if service.status == "degraded":
        message = f"{name} is degraded: {reason or 'look at its errors'}"
        yield Alert(f"service-degraded.{name}", "warning", message)
    if queue.failed:
        message = f"{name}: {_count(queue.failed)} failed for good; look at the errors, then retry"
        yield Alert(f"operations-failed.{name}", "warning", message)
    if queue.overdue:
        message = (
            f"{name}: {_count(queue.overdue)} past the deadline;"
            " raise their priority, or give the service more workers"
        )
        yield Alert(f"overdue.{name}", "warning", message)


def _numbers(situation: Situation, service: ServiceSnapshot) -> Iterator[Alert]:
    """Rules that compare a service's numbers with a limit."""
    limits, name, metrics = situation.config.alerts, service.name, service.metrics
    waiting = service.queue.scheduled + service.queue.available
    if waiting > limits.queue_depth:
        message = f"{name}: {_count(waiting)} waiting; see whether it is off, paused or too slow"
        yield Alert(f"queue.{name}", "warning", message)
    if metrics.errors_last_hour > limits.errors_last_hour:
        message = f"{name}: {metrics.errors_last_hour:,} errors in the last hour; look at them"
        yield Alert(f"errors.{name}", "warning", message)
    percent = 100 * metrics.error_rate
    if percent > limits.error_rate_percent and _runs(service) >= LEAST_RUNS:
        message = f"{name}: {percent:.0f}% of its runs failed in the last hour; look at its errors"
        yield Alert(f"error-rate.{name}", "warning", message)
    usual, now = situation.baselines.get(name), metrics.p95_seconds
    if usual and now and now > max(limits.slowdown_factor * usual, LEAST_SLOW_SECONDS):
        message = (
            f"{name} is slow: runs take up to {now:.2g} s, {now / usual:.1f} times the usual;"
            " see what else the machine does"
        )
        yield Alert(f"slow.{name}", "warning", message)


def _runs(service: ServiceSnapshot) -> int:
    """Runs of the last hour; they follow from the failed ones and their share."""
    metrics = service.metrics
    return round(metrics.errors_last_hour / metrics.error_rate) if metrics.error_rate else 0


def _count(operations: int) -> str:
    return f"{operations:,} operation{'s' if operations != 1 else ''}"


def _projections(situation: Situation) -> Iterator[Alert]:
    parity, lag = situation.parity, situation.parity_lag_seconds
    errors = {
        "vectors": parity.vectors.error,
        "graph": parity.graph.nodes.error or parity.graph.edges.error,
    }
    for name, error in errors.items():
        if error:
            advice = f"run doctor, or rebuild {name}"
            message = f"{name} can't be read: {one_line(error)}; {advice}"
            yield Alert(f"parity.{name}", "critical", message)
    for store, reason in situation.set_aside.items():
        message = f"{store} was damaged and is built anew: {one_line(reason)}"
        yield Alert(f"damaged.{store}", "warning", message)
    if lag is not None and lag > situation.config.alerts.parity_lag_seconds:
        message = (
            f"the projections have been out of step for {max(round(lag / 60), 1):,} min;"
            " see which service is behind, or rebuild them"
        )
        yield Alert("parity-lag.stores", "warning", message)


def _cycles(cycles: CycleCounts) -> Iterator[Alert]:
    if cycles.components:
        what = "cycle holds" if cycles.components == 1 else "cycles hold"
        message = (
            f"{cycles.components:,} dependency {what} up {cycles.tasks:,} tasks;"
            " see vespera-tui cycles, then vespera-tui cycles cut ID"
        )
        yield Alert("cycles.tasks", "warning", message)


def _loops(situation: Situation) -> Iterator[Alert]:
    for name, reason in situation.crashed_loops.items():
        why = one_line(reason).removesuffix("; restart the engine")
        message = f"{name} was given up: {why}; restart the engine"
        yield Alert(f"loop.{name}", "critical", message)
    lag = situation.loop_lag_seconds
    if lag > situation.config.alerts.loop_lag_seconds:
        message = (
            f"the engine answers {lag:.2g} s late;"
            " close other programs, or take the low-resource profile"
        )
        yield Alert("loop-lag.engine", "warning", message)


def _damage(situation: Situation) -> Iterator[Alert]:
    if situation.damage:
        message = (
            f"vespera.db is damaged ({one_line(situation.damage)}); stop the engine, keep a copy of"
            " the folder, then restore a backup, or export what can be read and import it elsewhere"
        )
        yield Alert("damage.sqlite", "critical", message)


def _disk(situation: Situation) -> Iterator[Alert]:
    if situation.disk_free_bytes is None:
        return
    free = situation.disk_free_bytes // 1_000_000
    if free < situation.config.alerts.disk_free_mb:
        where = one_line(str(situation.config.data_dir))
        message = f"only {free:,} MB free at {where}; make room, or writes will fail"
        yield Alert("disk.data", "critical", message)


def _plugin(note: str) -> Alert:
    # a plugin that can't be loaded may have no usable name; the text itself tells it apart
    subject = hashlib.sha256(note.encode(errors="replace")).hexdigest()[:8]
    message = f"a plugin was not loaded: {one_line(note)}; mend or uninstall it, then restart"
    return Alert(f"plugin.{subject}", "warning", message)
