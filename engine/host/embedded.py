"""The engine in this process, as the interface that every front talks to."""

from __future__ import annotations

import os
from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING

from engine.host.cycle_methods import CycleMethods
from engine.host.graph_methods import GraphMethods
from engine.host.listing_methods import ListingMethods
from engine.host.search_methods import SearchMethods
from engine.host.settings_methods import SettingsMethods
from engine.host.store_methods import StoreMethods
from engine.host.task_methods import TaskMethods
from engine.host.work_methods import WorkMethods
from engine.monitoring.alerts import current_alerts
from engine.monitoring.forecast import forecast
from engine.monitoring.processes import ProcessUse
from engine.monitoring.samples import COARSE, FINE
from engine.monitoring.situation import situation
from engine.service_config import with_profile
from engine.services.optimization import records
from engine.snapshots import EngineInfo, EngineStatus, Update

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from engine.background_services import BackgroundServiceManager
    from engine.host.server import EngineServer
    from engine.monitoring.alerts import Situation
    from engine.monitoring.forecast import Forecast
    from engine.monitoring.samples import Sample
    from engine.monitoring.trends import Quantiles
    from engine.service_config import ServiceConfiguration
    from engine.snapshots import Alert, Event


FORECAST_SECONDS = 600.0
"""The past that a forecast is made from."""
FINE_KEPT_SECONDS = 86_400.0


class EmbeddedEngine(
    TaskMethods,
    SearchMethods,
    ListingMethods,
    GraphMethods,
    CycleMethods,
    WorkMethods,
    SettingsMethods,
    StoreMethods,
):
    """Implements :class:`engine.api.EngineAPI` on a manager that is initialised."""

    def __init__(
        self,
        manager: BackgroundServiceManager,
        profile_config: Callable[[str], ServiceConfiguration],
        mode: str = "library",
    ) -> None:
        self.manager, self.mode = manager, mode
        self._profile_config = profile_config
        self._use = ProcessUse()
        self.server: EngineServer | None = None
        """Where other processes attach, if they can."""

    async def status(self, *, parity: bool = True) -> EngineStatus:
        """The whole state; with ``parity`` the projections are read now."""
        manager = self.manager
        if parity:
            await manager.parity.read()
        if parity and manager.state != "running":
            await manager.watch.probe()  # nothing else does while the services do not run
        now = await situation(manager)
        return EngineStatus(
            engine=self._info(),
            services=now.services,
            tasks=await self._tasks.counts(),
            parity=now.parity,
            cycles=now.cycles,
            alerts=await self._alerts(now, fresh=parity),
            optimizations=await records.last_of_each(manager.context.database),
        )

    async def _alerts(self, now: Situation, *, fresh: bool) -> tuple[Alert, ...]:
        manager = self.manager
        if manager.state != "running":  # nobody is told by a command that only looks
            at = manager.clock.now()
            return tuple(replace(alert, since=at) for alert in current_alerts(now))
        return await manager.watch.evaluate() if fresh else manager.alerts.current

    def _info(self) -> EngineInfo:
        manager = self.manager
        return EngineInfo(
            state=manager.state,
            pid=os.getpid(),
            mode=self.mode,
            fronts=self.server.fronts if self.server else 0,
            profile=manager.config.profile,
            refresh_per_second=manager.config.refresh_per_second,
            uptime_seconds=manager.clock.monotonic() - manager.started_at,
            version=version("vespera-tui"),
            data_dir=str(manager.config.data_dir),
            loop_lag_seconds=manager.lag.seconds,
            memory_bytes=self._use.read(manager.pids()),
            peak_memory_bytes=dict(self._use.peak),
            cpu_percent=dict(self._use.cpu_percent),
            share=manager.governor.share,
            share_reason=manager.governor.reason,
            unexpected_errors=dict(manager.unexpected),
        )

    async def set_profile(self, profile: str, *, actor: str = "") -> None:
        """Change to another profile while running."""
        await self.manager.reconfigure(self._on_profile(profile), actor)

    async def reconfigure(self, config: ServiceConfiguration, *, actor: str = "") -> None:
        """Put a configuration that was read anew into force."""
        self._profile_config = lambda name: with_profile(config, name)
        await self.manager.reconfigure(config, actor)

    async def acknowledge_alert(
        self, alert_id: str, *, taken_back: bool = False, actor: str = ""
    ) -> bool:
        """A person took note of it, or takes that back; False when there is no such alert."""
        if taken_back:
            return await self.manager.alerts.forget(alert_id, actor)
        return await self.manager.alerts.acknowledge(alert_id, actor)

    async def alert_history(self, limit: int = 100) -> list[Alert]:
        """Alerts alive and resolved, the latest raised first."""
        return await self.manager.alerts.history(limit)

    async def events(self, after: int = 0, limit: int = 100) -> list[Event]:
        """Recent events with a number above ``after``, oldest first."""
        return self.manager.events.after(after, limit)

    async def subscribe(self, after: int = 0) -> AsyncIterator[Update]:
        """The state, then every event as it happens; the state anew for a reader that is slow.

        A subscriber is a number in the ring of events and nothing else, so none costs memory.
        """
        log, seen = self.manager.events, after
        while True:
            events = log.since(seen) if seen else None
            if events is None:
                seen = log.last
                yield Update(seen, status=await self.status(parity=False))
                continue
            for event in events:
                seen = event.seq
                yield Update(seen, event=event)
            await log.beyond(seen)

    async def typed(self) -> None:
        """A person pressed a key: the engine makes room for the screen."""
        self.manager.governor.typed()

    async def metrics(self, service: str = "", *, seconds: float = 3600.0) -> tuple[Sample, ...]:
        """What was measured in the last ``seconds``, oldest first."""
        now = self.manager.clock.now()
        resolution = FINE if seconds <= FINE_KEPT_SECONDS else COARSE
        return await self.manager.history.read(
            service, since=now - seconds, until=now, resolution=resolution
        )

    async def durations_by_hour(self, service: str, *, days: int = 7) -> Mapping[int, Quantiles]:
        """How long runs took, by hour of the day (0 to 23)."""
        name = self.manager.runner(service).name
        return await self.manager.history.quantiles_by_hour(name, days)

    async def forecasts(self) -> dict[str, Forecast]:
        """What becomes of each service's backlog if it goes on like this."""
        limit = self.manager.config.queue_limit
        found = {}
        for name in self.manager.runners:
            samples = await self.metrics(name, seconds=FORECAST_SECONDS)
            found[name] = replace(forecast(samples, limit), service=name)
        return found
