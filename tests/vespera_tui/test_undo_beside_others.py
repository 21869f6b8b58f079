"""What is taken back of services and settings; that nothing is lost of it, and its order."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from engine.configuration.editing import ConfigurationView, SettingSaved, SettingView
from engine.errors import StoreUnavailableError
from engine.operations import NewOperation, ServicePriority
from tests.vespera_tui.asked import Asked
from tests.vespera_tui.noting import NotingEngine, dashboard
from tests.vespera_tui.waiting import shown, until
from vespera_tui import services, settings, steering, triggers
from vespera_tui.demo.pictures import look, still_app
from vespera_tui.long_work import LongWork
from vespera_tui.snapshot import build, operation_model
from vespera_tui.task_bulk import FINISH, do_many
from vespera_tui.undo import KEPT_THINGS, Undo, UndoStack
from widgets.alert_list import AlertList

if TYPE_CHECKING:
    from textual.pilot import Pilot


@pytest.fixture
async def console() -> Any:
    console: Any = Asked(NotingEngine())
    status = await console.engine.status()
    console.services = build(status, (), (), now=0.0, rates={}).services
    console.selected_service = console.services[0]
    return console


def words(pilot: Pilot[None]) -> str:
    return " ".join(shown(pilot.app).replace("│", " ").split())


async def enabled(console: Any) -> bool:
    name = console.selected_service.name
    return bool((await console.engine.status()).services[name].enabled)


async def test_a_switch_that_somebody_switched_back_is_left_alone(console: Any) -> None:
    await console.does(services.disable)
    name = console.selected_service.name
    await console.engine.configure_background_service(name, enabled=True, actor="ann")
    assert "is on already" in await console.undoes()
    await console.does(services.disable)
    assert "is on again" in await console.undoes()
    assert await enabled(console)


async def test_another_profile_than_the_one_chosen_here_stays(console: Any) -> None:
    console.answer = "production"
    await console.does(triggers.change_profile)
    await console.engine.set_profile("low-resource", actor="ann")
    assert await console.undoes() == "profile stays low-resource: somebody changed it since"
    assert (await console.engine.status()).engine.profile == "low-resource"


class File:
    """An engine of one setting."""

    value = "8"

    async def save_setting(self, key: str, value: str | None, **_: str) -> SettingSaved:
        before, self.value = self.value, value or "1"
        return SettingSaved(key, self.value, before, "/c.json", needs_restart=False)

    async def configuration(self) -> ConfigurationView:
        view = SettingView("batch", self.value, "1", "file /c.json", "", "", "", False)
        return ConfigurationView("development", "/c.json", (view,))


async def test_a_setting_that_somebody_set_since_stays() -> None:
    console: Any = Asked(File())  # type: ignore[arg-type] # as much of it as settings need
    (console.selected_setting,) = (await console.engine.configuration()).settings
    console.answer = "16"
    await console.does(settings.edit)
    await console.engine.save_setting("batch", "32", actor="ann")
    assert await console.undoes() == "batch stays: it is 32 now, set by file /c.json since"
    assert console.engine.value == "32"
    await console.engine.save_setting("batch", "8")
    await console.does(settings.edit)
    assert await console.undoes() == "batch is 8 again"


async def test_pausing_all_that_ends_half_way_tells_what_is_paused_and_takes_it_back(
    console: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pause, paused = console.engine.pause_service, list[str]()

    async def third_fails(name: str, **options: Any) -> int:
        if len(paused) == 2:
            raise StoreUnavailableError("sqlite", "the disk is full")
        paused.append(name)
        return await pause(name, **options)

    with monkeypatch.context() as patch:
        patch.setattr(console.engine, "pause_service", third_fails)
        told = await console.does(services.pause_all)
    assert told == "sqlite: the disk is full; so only 2 services are paused until resumed"
    assert console.problem
    assert "2 services at work again" in await console.undoes()
    left = (await console.engine.status()).services.values()
    assert not [each for each in left if each.status == "paused"]


async def test_what_could_not_be_taken_back_for_an_unforeseen_error_can_be_later(
    console: Any,
) -> None:
    await console.does(services.pause_service)
    console.engine.errors["resume_service"] = OSError(28, "No space left")
    with pytest.raises(OSError, match="No space left"):
        await console.undoes()
    console.engine.errors.clear()
    assert "at work again" in await console.undoes()


@pytest.mark.parametrize("others", [True, False])
async def test_a_trigger_that_waited_already_is_not_taken_back(console: Any, others: bool) -> None:
    await console.engine.empty()
    if others:
        await console.engine.schedule_operation(
            "auto_embedding", "batch_embed", "manual_trigger", actor="ann"
        )
    console.answer = "embed"
    assert "queued as operation 1" in await console.does(triggers.run_trigger)
    assert (console.undo is None) is others


async def test_two_steps_of_priority_at_the_same_time_are_two() -> None:
    engine = NotingEngine()
    await engine.empty()
    new = NewOperation("auto_embedding", "e", "t", priority=ServicePriority.NORMAL)
    await engine.queue.enqueue([new])
    console: Any = Asked(engine)
    found = await engine.get_operation(1)
    assert found is not None
    console.selected_operation = operation_model(found, 0.0)
    steer = engine.queue.steer

    async def slow(*args: Any, **options: Any) -> list[int]:
        await asyncio.sleep(0)
        return await steer(*args, **options)

    engine.queue.steer = slow  # type: ignore[method-assign] # lets the other one in between
    await asyncio.gather(steering.raise_priority(console), steering.raise_priority(console))
    found = await engine.get_operation(1)
    assert found is not None
    assert found.priority is ServicePriority.CRITICAL


async def test_two_changes_are_taken_back_one_after_the_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = NotingEngine()
    async with dashboard(engine, (120, 40)) as pilot:
        await pilot.press("d")
        await until(pilot, lambda: pilot.app.selected_service.enabled is False)
        await pilot.press("e")
        await until(pilot, lambda: pilot.app.selected_service.enabled is True)
        call, go, order = engine.configure_background_service, asyncio.Event(), list[bool]()

        async def slow(name: str, *, enabled: bool, actor: str = "") -> Any:
            if not go.is_set():
                await go.wait()
            order.append(enabled)
            return await call(name, enabled=enabled, actor=actor)

        monkeypatch.setattr(engine, "configure_background_service", slow)
        await pilot.press("u", "u")
        await pilot.pause()
        assert not order
        go.set()
        await until(pilot, lambda: len(order) == 2)
        assert order == [False, True]


async def test_read_only_offers_nothing_that_u_would_refuse() -> None:
    app = still_app(NotingEngine(), read_only=True)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await look(pilot)
        app.screen.query_one(AlertList).focus()
        await pilot.press("m")
        await until(pilot, lambda: "rings no more" in words(pilot))
        assert "undo)" not in words(pilot)


async def test_long_work_beside_long_work_is_refused(console: Any) -> None:
    with LongWork(console, "importing"):
        await do_many(console, FINISH, ("bd-m9xe",), "of all")
        assert console.said == "Complete: wait for the work under way, or stop it"
        assert not console.asked


async def test_what_is_gone_is_selected_no_longer(console: Any) -> None:
    console.main_list.choose("gone", "bd-m9xe")
    await do_many(console, FINISH, ("gone", "bd-m9xe"), "of the 2 selected")
    assert console.main_list.chosen == ()
    console.main_list.choose("gone")
    await do_many(console, FINISH, ("gone",), "of the 1 selected")
    assert console.said == "none of these tasks is there any more"
    assert console.main_list.chosen == ()


async def test_of_an_emptied_list_nothing_is_selected() -> None:
    engine = NotingEngine()
    async with dashboard(engine, (120, 40)) as pilot:
        await pilot.press("2")
        await until(pilot, lambda: pilot.app.here.main_list and pilot.app.here.main_list.total)
        await pilot.press("*")
        await until(pilot, lambda: "▌ all" in shown(pilot.app))
        await engine.empty()
        await look(pilot)
        await until(pilot, lambda: "▌ all" not in shown(pilot.app))
        assert not pilot.app.here.main_list.everything


def test_what_is_kept_to_take_back_is_bounded() -> None:
    async def back(_: Any) -> str:
        return ""

    stack = UndoStack()
    for number in range(5):
        stack.push(Undo(str(number), back, KEPT_THINGS // 2))
    kept = iter(stack.pop, None)
    assert [each.title for each in kept] == ["4", "3"]
    stack.push(Undo("large", back, 2 * KEPT_THINGS))
    assert stack.last() is not None
