"""More services, alerts and operations than a screen has room for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from engine.snapshots import Alert, QueueDepth, ServiceMetrics, ServiceSnapshot
from tests.vespera_tui.noting import NotingEngine, dashboard
from tests.vespera_tui.waiting import shown, until
from vespera_tui.demo.clock import NOW
from vespera_tui.demo.pictures import look, still_app
from widgets.service_card import ServiceCard

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from engine.snapshots import EngineStatus


def crowd(status: EngineStatus) -> EngineStatus:
    """Two services of plugins, one paused, many alerts, and a person who types."""
    services = dict(status.services)
    services["cycle_detection"] = replace(
        services["cycle_detection"], status="paused", reason="paused by dashboard"
    )
    services["issue_mirror"] = ServiceSnapshot(
        "issue_mirror",
        status="failed",
        reason="crashed 5 times: ValueError: no token",
        queue=QueueDepth(available=3, failed=12),
        metrics=ServiceMetrics(12, 3, 1, errors_last_hour=3),
    )
    services["weekly_report_by_mail"] = ServiceSnapshot("weekly_report_by_mail", status="running")
    more = tuple(
        Alert(f"plugin.{number}", "warning", f"plugin {number} is left out", NOW - number)
        for number in range(3)
    )
    return replace(
        status,
        services=services,
        alerts=(*status.alerts, *more),
        engine=replace(status.engine, share=0.5, share_reason="a person is typing"),
    )


def crowded() -> NotingEngine:
    engine = NotingEngine()
    engine.told = crowd
    return engine


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (160, 50)])
async def test_every_service_has_its_card(size: tuple[int, int]) -> None:
    async with dashboard(crowded(), size) as pilot:
        screen = shown(pilot.app)  # type: ignore[arg-type]  # always a VesperaApp
        cards = list(pilot.app.screen.query(ServiceCard))
        assert all(card.region.height == card.virtual_region.height > 0 for card in cards)
    names = ("Embedding", "‖ paused", "Sync", "Optimise", "Issue mirror", "Weekly report")
    assert all(name in screen for name in names)
    assert len(cards) == len(names)
    assert "working at 50%: a person is typing" in screen


async def test_cards_that_do_not_fit_are_scrolled_to() -> None:
    engine = NotingEngine()
    one = ServiceSnapshot("", status="running")
    many = {f"plugin_{number}": replace(one, name=f"plugin_{number}") for number in range(20)}
    engine.told = lambda status: replace(status, services=many)
    async with dashboard(engine) as pilot:
        assert "Plugin 19" not in shown(pilot.app)  # type: ignore[arg-type]  # always a VesperaApp
        await pilot.press("right", *["down"] * 9)
        await until(pilot, lambda: "Plugin 19" in shown(pilot.app))  # type: ignore[arg-type]  # always a VesperaApp


LOOKS = {
    "80x24": ((80, 24), "vespera-dark", ()),
    "160x50": ((160, 50), "vespera-colour-blind-safe", ()),
    "alerts": ((120, 40), "vespera-light", ("tab",) * 6),
    "operations": ((120, 40), "vespera-high-contrast", ("2", "down")),
}


@pytest.mark.parametrize("name", LOOKS)
def test_a_crowded_engine_looks_as_before(snap_compare: Any, name: str) -> None:
    engine = crowded()
    size, theme, keys = LOOKS[name]

    async def settled(pilot: Pilot[None]) -> None:
        pilot.app.theme = theme
        await look(pilot)
        await pilot.press(*keys)
        await pilot.pause()

    assert snap_compare(still_app(engine), terminal_size=size, run_before=settled)
