"""Screen 6, worked by keys alone."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from engine.errors import StoreUnavailableError
from engine.host import open_engine
from engine.service_config import ServiceConfiguration
from vespera_tui.app import VesperaApp
from vespera_tui.demo import DemoEngine, FixedClock
from vespera_tui.demo.pictures import still_app
from widgets.optimization_list import OptimizationList
from widgets.store_facts import StoreFacts, StoreFactsModel
from widgets.text_pane import TextPane

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import pytest

    from engine.host.embedded import EmbeddedEngine
    from tests.vespera_tui.conftest import Shown, Until


async def test_sizes_and_optimisations_are_shown(until: Until, shown: Shown) -> None:
    app = still_app(DemoEngine(FixedClock()))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.services)
        await pilot.press("6")
        await until(pilot, lambda: isinstance(app.focused, OptimizationList))
        await until(pilot, lambda: "sqlite" in shown(app) and "fragmentation" in shown(app))
        for word in ("vectors", "nodes", "48 MB", "free pages 4.0%", "schema 3"):
            assert word in shown(app)
        await pilot.press("enter")
        pane = app.screen.query_one(TextPane)
        await until(pilot, lambda: "freed 6,120 pages" in pane.plain)
        assert "free pages           6,120 → 0" in pane.plain
        await pilot.press("down", "y")
        await until(pilot, lambda: "would pay" in app.clipboard)


async def test_stores_that_can_not_be_read_say_why(
    until: Until, shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = DemoEngine(FixedClock())

    async def away() -> Any:
        raise StoreUnavailableError("sqlite", "disk [/x]\x1b gone")

    monkeypatch.setattr(engine, "stores_report", away)
    app = still_app(engine)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.services)
        await pilot.press("6")
        await until(pilot, lambda: "sqlite: disk [/x]␛ gone" in shown(app))


def test_what_is_worth_a_warning_has_a_sign() -> None:
    model = StoreFactsModel(True, {"sqlite": 9}, wal=200 * 1024**2, fragmentation=40.0)
    text = "\n".join(line.plain for line in StoreFacts(model).paint(model, 80, 9))
    assert "▲ 200 MB" in text
    assert "▲ 40.0%" in text


async def test_a_real_store_is_read_from_its_files(
    until: Until, shown: Shown, tmp_path: Path
) -> None:
    config = ServiceConfiguration(data_dir=tmp_path / "data")
    async with open_engine(config, services=False) as engine:

        @asynccontextmanager
        async def opened(*, on_step: Any) -> AsyncIterator[EmbeddedEngine]:
            on_step("opened before")
            yield engine

        report = await engine.stores_report()
        database = tmp_path / "data" / "vespera.db"
        assert report.sizes["sqlite"] >= database.stat().st_size
        assert report.pages > 0
        assert report.versions["sqlite"].startswith("3.")
        app = VesperaApp(opened, config_profile="production")
        async with app.run_test(size=(120, 40)) as pilot:
            await until(pilot, lambda: app.services)
            await pilot.press("6")
            await until(pilot, lambda: "none yet; press t" in shown(app))
            assert "all-MiniLM-L6-v2" in shown(app)
