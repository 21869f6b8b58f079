from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from textual.widgets._toast import Toast

from engine.snapshots import Alert
from tests.vespera_tui.noting import NotingEngine
from vespera_tui.demo.clock import NOW
from vespera_tui.demo.pictures import look, still_app
from vespera_tui.ringing import Ringer
from widgets.alert_list import AlertList
from widgets.models import AlertModel
from widgets.safe_input import SafeInput
from widgets.screen_tabs import ScreenTabs

if TYPE_CHECKING:
    from tests.vespera_tui.conftest import Shown, Until

OLD, NEW = AlertModel("old", "warning", "old"), AlertModel("new", "critical", "new")


def test_each_alert_rings_once_and_again_only_when_raised_anew() -> None:
    ringer = Ringer()
    assert ringer.new([OLD]) == []  # it is on the screen that opens
    assert ringer.new([OLD, NEW]) == [NEW]
    assert ringer.new([OLD, NEW]) == []
    assert ringer.new([OLD]) == []
    assert ringer.new([OLD, NEW]) == [NEW]


def test_what_is_muted_or_known_does_not_ring() -> None:
    ringer = Ringer()
    ringer.new([])
    assert ringer.mute("new")
    assert ringer.new([NEW]) == []
    assert not ringer.mute("new")
    ringer.new([])
    assert ringer.new([replace(NEW, acknowledged_by="ada")]) == []
    ringer.new([])
    assert ringer.new([NEW]) == [NEW]


@pytest.mark.parametrize(
    ("notify", "written"), [("toast", ""), ("bell", "\x07"), ("desktop", "\x1b]9;"), ("off", None)]
)
async def test_a_new_alert_is_told_as_asked_for(
    notify: str, written: str | None, shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = NotingEngine()
    app: Any = still_app(engine, notify=notify)
    sent: list[str] = []
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await look(pilot)
        monkeypatch.setattr(app._driver, "write", sent.append)
        monkeypatch.setattr(app, "bell", lambda: sent.append("\x07"))
        fresh = Alert("disk", "critical", "disk [/x]\x1b]52;c;x is full", NOW)
        engine.told = lambda status: replace(status, alerts=(*status.alerts, fresh))
        await app.session.feed.poll()
        await pilot.pause()
        toasts = [each.message for each in app._notifications]
    expected = "critical: disk [/x]␛]52;c;x is full"
    assert toasts == ([] if written is None else [expected])
    output = "".join(sent)
    assert (written or "") in output
    assert ("\x07" in output) == (notify in {"bell", "desktop"})
    assert output.count("\x1b]") == (notify == "desktop")


async def test_m_silences_the_alert_under_the_cursor(shown: Shown, until: Until) -> None:
    engine = NotingEngine()
    app = still_app(engine)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await look(pilot)
        await pilot.press(*["tab"] * len(app.services))
        assert isinstance(app.focused, AlertList)
        await pilot.press("m")
        await until(pilot, lambda: "rings no more" in shown(app))
        await app.session.feed.poll()  # type: ignore[union-attr]
        await until(pilot, lambda: "muted 15m" in shown(app))


async def test_new_alerts_are_one_toast_over_the_header_and_esc_takes_it_away(
    until: Until,
) -> None:
    engine = NotingEngine()
    app: Any = still_app(engine)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await look(pilot)
        await pilot.press("3")
        await until(pilot, lambda: app.here.place == "cycles")
        fresh = [Alert(f"a{n}", "critical", f"store {n} is away " * 9, NOW) for n in range(3)]
        engine.told = lambda status: replace(status, alerts=(*status.alerts, *fresh))
        await app.session.feed.poll()
        await until(pilot, lambda: app.screen.query(Toast))
        await pilot.pause()
        (note,) = app._notifications
        assert note.message.startswith("3 alerts, 1 shows them: store 0 is away")
        toast = app.screen.query_one(Toast)
        assert toast.region.height == 2
        assert toast.region.bottom <= app.screen.query_one(ScreenTabs).region.y
        await pilot.press("escape")
        await until(pilot, lambda: not app.screen.query(Toast))


async def test_esc_takes_a_message_away_only_after_the_filter(until: Until) -> None:
    engine = NotingEngine()
    app: Any = still_app(engine)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await look(pilot)
        await pilot.press("2", "/")
        await until(pilot, lambda: isinstance(app.focused, SafeInput))
        app.say("a message")
        await until(pilot, lambda: app.screen.query(Toast))
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.focused, SafeInput))
        assert app.screen.query(Toast)
        await pilot.press("escape")
        await until(pilot, lambda: not app.screen.query(Toast))
