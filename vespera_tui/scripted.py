"""An engine that plays a written part at a fixed time, for pictures and for tests of the screen.

Nothing is stored and no service runs: what it reports is made up, and what it is asked is noted.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from engine.operation_views import OperationsPage, SteeringPreview
from engine.operations import NO_DEADLINE, OperationFilter, ServicePriority, Steering
from engine.snapshots import Event
from vespera_tui.demo.clock import NOW
from vespera_tui.scene import EVENTS, OPERATIONS, RATES, STATUS, STEPS
from vespera_tui.scene_cycles import CyclePlay, PlayedCycles
from vespera_tui.scene_past import samples
from vespera_tui.unplayed import Unplayed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from contextlib import AbstractAsyncContextManager

    from engine.api import EngineAPI
    from engine.cycle_views import CutRecord
    from engine.monitoring.samples import Sample
    from engine.operation_views import OperationsQuery
    from engine.snapshots import EngineStatus, OperationView, ServiceSnapshot

REBUILT = 812
"""Operations that a rebuilding is said to queue."""
FIRST_NUMBER = 40_001
"""The number of the first operation that is scheduled."""


def _matches(view: OperationView, which: OperationFilter) -> bool:
    return (
        which.service in {None, view.service}
        and which.state in {None, view.state}
        and (not which.ids or view.id in which.ids)
        and fnmatchcase(view.key or "", which.target or "*")
    )


def _fitting(how: Steering) -> set[str]:
    """The states that it can be done in."""
    return {
        Steering.RETRY: {"failed", "cancelled"},
        Steering.RUN_NOW: {"scheduled"},
        Steering.RESUME: {"scheduled"},
        Steering.PAUSE: {"available"},
    }.get(how, {"available", "scheduled"})


@dataclass(slots=True)
class ScriptedEngine(PlayedCycles, Unplayed):
    """Plays what the dashboard asks of an engine; all else raises NotImplementedError.

    ``calls`` notes every request as ``(name, arguments)``. ``errors`` holds what a method of that
    name raises instead of answering.
    """

    current: EngineStatus = STATUS
    queue: tuple[OperationView, ...] = OPERATIONS
    happened: tuple[Event, ...] = EVENTS
    errors: dict[str, Exception] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    cycle_play: CyclePlay = field(default_factory=CyclePlay)
    reads: int = 0
    """How often the status was polled."""
    keys_told: int = 0
    """How often it was told that a person types."""
    is_open: bool = False
    was_left: bool = False

    async def status(self, *, parity: bool = True) -> EngineStatus:
        """The written state; the rates move on by one with each poll."""
        self._play("status")
        if not parity:
            self.reads += 1
        services = {name: self._at_work(service) for name, service in self.current.services.items()}
        return replace(self.current, services=services)

    async def metrics(self, service: str = "", *, seconds: float = 3600.0) -> tuple[Sample, ...]:
        """The written past."""
        self._play("metrics")
        return samples(service, seconds, NOW)

    async def operations(
        self,
        *,
        service: str | None = None,
        state: str | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> list[OperationView]:
        """The written queue, filtered as asked."""
        self._play("operations")
        found = [
            each
            for each in self.queue
            if service in {None, each.service} and state in {None, each.state}
        ]
        return found[offset : offset + limit]

    async def operations_page(self, query: OperationsQuery) -> OperationsPage:
        """The written queue, filtered by service, state, number and target."""
        self._play("operations_page")
        found = [each for each in self.queue if _matches(each, query.which)]
        if query.sort:
            name = "run_at" if query.sort == "when" else query.sort
            found.sort(key=lambda each: str(getattr(each, name)), reverse=query.descending)
        part = found[query.offset : query.offset + query.limit]
        return OperationsPage(tuple(part), len(found), query.offset)

    async def preview_steering(
        self,
        how: Steering,
        which: OperationFilter,
        *,
        priority: ServicePriority | None = None,  # noqa: ARG002 - EngineAPI's signature
        limit: int = 1000,
    ) -> SteeringPreview:
        """Those of the written queue that it can be done to."""
        found = [
            each for each in self.queue if _matches(each, which) and each.state in _fitting(how)
        ]
        by_service = {
            name: sum(each.service == name for each in found)
            for name in dict.fromkeys(each.service for each in found)
        }
        ids = tuple(each.id for each in found[:limit])
        return SteeringPreview(
            len(found), by_service, ids, tuple(int(each.priority) for each in found[:limit])
        )

    async def get_operation(self, operation_id: int) -> OperationView | None:
        """The written one."""
        return next((each for each in self.queue if each.id == operation_id), None)

    async def events(self, after: int = 0, limit: int = 100) -> list[Event]:
        """The written events above ``after``."""
        self._play("events")
        return [event for event in self.happened if event.seq > after][:limit]

    async def schedule_operation(
        self,
        service: str,
        kind: str,
        target: str | None = None,
        *,
        priority: ServicePriority = ServicePriority.NORMAL,
        delay: float = 0.0,
        deadline: float = NO_DEADLINE,
        payload: Mapping[str, Any] | None = None,
        actor: str = "",
        idempotency_key: str = "",  # noqa: ARG002 - the signature of the interface
    ) -> int:
        """Note the request; the number an operation would have."""
        self._note(
            "schedule_operation",
            service=service,
            kind=kind,
            target=target,
            priority=priority,
            delay=delay,
            deadline=deadline,
            payload=payload,
            actor=actor,
        )
        return FIRST_NUMBER + len(self.calls) - 1

    async def steer_operations(
        self,
        how: Steering,
        which: OperationFilter,
        *,
        priority: ServicePriority | None = None,
        actor: str = "",
    ) -> int:
        """Note the request; how many of the named ones it can be done to."""
        self._note("steer_operations", how=how, which=which, priority=priority, actor=actor)
        return sum(self._state(number) in _fitting(how) for number in which.ids)

    async def pause_service(self, service: str, *, actor: str = "") -> int:
        """Note the request and show the service as paused from now on."""
        self._note("pause_service", service=service, actor=actor)
        return self._change(service, status="paused", reason=f"paused by {actor}").queue.available

    async def resume_service(self, service: str, *, actor: str = "") -> int:
        """Note the request and show the service at work from now on."""
        self._note("resume_service", service=service, actor=actor)
        return self._change(service, status="running", reason="").queue.available

    async def acknowledge_alert(self, alert_id: str, *, actor: str = "") -> bool:
        """Note the request and show from now on who took note of it."""
        self._note("acknowledge_alert", alert_id=alert_id, actor=actor)
        alerts = tuple(
            replace(each, acknowledged_by=actor) if each.id == alert_id else each
            for each in self.current.alerts
        )
        changed = alerts != self.current.alerts
        self.current = replace(self.current, alerts=alerts)
        return changed

    def tell_cut(self, kind: str, done: CutRecord, actor: str) -> None:
        """Add it to what happened."""
        seq = self.happened[-1].seq + 1
        self.happened = (*self.happened, Event(seq, NOW, kind, f"cut {done.id}", actor))

    async def typed(self) -> None:
        """Count it."""
        self._play("typed")
        self.keys_told += 1

    async def configure_background_service(
        self, service: str, *, enabled: bool, actor: str = ""
    ) -> ServiceSnapshot:
        """Note the request and show the switch in its new place from now on."""
        self._note("configure_background_service", service=service, enabled=enabled, actor=actor)
        word = "running" if enabled else "disabled"
        return self._change(service, enabled=enabled, status=word, reason="")

    async def set_profile(self, profile: str, *, actor: str = "") -> None:
        """Note the request and report that profile from now on."""
        self._note("set_profile", profile=profile, actor=actor)
        self.current = replace(self.current, engine=replace(self.current.engine, profile=profile))

    async def rebuild(self, projection: str, *, actor: str = "") -> int:
        """Note the request; how many operations it would queue."""
        self._note("rebuild", projection=projection, actor=actor)
        return REBUILT

    def opener(
        self, error: Exception | None = None
    ) -> Callable[..., AbstractAsyncContextManager[EngineAPI]]:
        """What :class:`vespera_tui.app.VesperaApp` opens; raises ``error`` after the steps."""

        @asynccontextmanager
        async def opened(*, on_step: Callable[[str], None]) -> AsyncIterator[EngineAPI]:
            for step in STEPS:
                on_step(step)
            if error is not None:
                raise error
            self.is_open = True
            try:
                yield self
            finally:
                self.is_open, self.was_left = False, True

        return opened

    def _note(self, name: str, **arguments: Any) -> None:
        self._play(name)
        self.calls.append((name, arguments))

    def _play(self, name: str) -> None:
        if name in self.errors:
            raise self.errors[name]

    def _change(self, service: str, **changes: Any) -> ServiceSnapshot:
        changed = replace(self.current.services[service], **changes)
        services = {**self.current.services, service: changed}
        self.current = replace(self.current, services=services)
        return changed

    def _state(self, operation_id: int) -> str:
        return next((each.state for each in self.queue if each.id == operation_id), "")

    def _at_work(self, service: ServiceSnapshot) -> ServiceSnapshot:
        course = RATES.get(service.name, (0.0,))
        rate = course[self.reads % len(course)]
        return replace(service, metrics=replace(service.metrics, rate_per_second=rate))
