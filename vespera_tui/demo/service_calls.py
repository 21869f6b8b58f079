"""The calls about services, alerts and the profile; and the status that tells of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.snapshots import QueueDepth
from vespera_tui.demo.status import service_snapshot, status_of
from vespera_tui.demo.unplayed import Unplayed

if TYPE_CHECKING:
    from engine.snapshots import EngineStatus, Event, ServiceSnapshot
    from vespera_tui.demo.activity import Activity
    from vespera_tui.demo.board import Board
    from vespera_tui.demo.cycles import Cycles


class ServiceCalls(Unplayed):
    """What is switched or paused stays so for as long as the demonstration runs."""

    # ruff: noqa: D102, ARG002 - EngineAPI says what the calls are for, and has the arguments

    activity: Activity
    board: Board
    cycles_there: Cycles
    profile: str
    acknowledged: dict[str, str]
    """Who took note of an alert, by its id."""

    async def catch_up(self) -> None:
        """Make up what happened until now."""
        await self.activity.catch_up()

    async def status(self, *, parity: bool = True) -> EngineStatus:
        await self.catch_up()
        depths = await self.activity.queue.stats()
        return status_of(
            self.activity,
            depths,
            self.board.counts(),
            self.cycles_there.now(),
            profile=self.profile,
            acknowledged=self.acknowledged,
        )

    async def events(self, after: int = 0, limit: int = 100) -> list[Event]:
        return [event for event in self.activity.events if event.seq > after][-limit:]

    async def pause_service(self, service: str, *, actor: str = "") -> int:
        self.activity.happened("service.paused", service, actor)
        return await self.activity.queue.pause(service, f"paused by {actor or 'a person'}")

    async def resume_service(self, service: str, *, actor: str = "") -> int:
        self.activity.happened("service.resumed", service, actor)
        return await self.activity.queue.resume(service)

    async def configure_background_service(
        self, service: str, *, enabled: bool, actor: str = ""
    ) -> ServiceSnapshot:
        self.activity.work[service].enabled = enabled
        kind = "service.enabled" if enabled else "service.disabled"
        self.activity.happened(kind, service, actor)
        depths = await self.activity.queue.stats()
        return service_snapshot(self.activity, service, depths.get(service, QueueDepth()))

    async def set_profile(self, profile: str, *, actor: str = "") -> None:
        self.profile = profile
        self.activity.happened("profile.changed", profile, actor)

    async def acknowledge_alert(
        self, alert_id: str, *, taken_back: bool = False, actor: str = ""
    ) -> bool:
        self.acknowledged[alert_id] = "" if taken_back else actor
        return True

    async def typed(self) -> None:
        """Nothing makes room: there is no work."""
