"""What a person does about an alert: take note of it, silence it, and take that back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vespera_tui.console import ACTOR, engine_of
from vespera_tui.undo import Undo

if TYPE_CHECKING:
    from engine.api import EngineAPI
    from vespera_tui.console import Console
    from widgets.models import AlertModel


async def acknowledge(console: Console) -> None:
    """Note that a person knows of the alert."""
    alert = _alert(console)
    if alert is None:
        return
    if alert.acknowledged_by:
        console.say(f"already acknowledged by {alert.acknowledged_by}")
    elif await engine_of(console).acknowledge_alert(alert.id, actor=ACTOR):
        console.say(f"acknowledged: {alert.message}", undo=_unknown(alert))
    else:
        console.say("the alert is not there any more", problem=True)


def _unknown(alert: AlertModel) -> Undo:
    async def back(engine: EngineAPI) -> str:
        if await engine.acknowledge_alert(alert.id, taken_back=True, actor=ACTOR):
            return f"nobody has taken note any more: {alert.message}"
        return f"too late to take that back: the alert is over: {alert.message}"

    return Undo("acknowledgement", back)


async def mute(console: Console) -> None:
    """Ring no more for the alert, or again."""
    alert = _alert(console)
    if alert is None:
        return
    silent = console.mute(alert.id)
    console.say(_told(alert, silent=silent), undo=_as_before(console, alert, silent=silent))


def _as_before(console: Console, alert: AlertModel, *, silent: bool) -> Undo:
    async def back(_: EngineAPI) -> str:
        return _told(alert, silent=console.mute(alert.id, silent=not silent))

    return Undo("muting" if silent else "ringing", back)


def _told(alert: AlertModel, *, silent: bool) -> str:
    if silent:
        return f"rings no more until this dashboard is closed: {alert.message}"
    return f"rings again when it is raised anew: {alert.message}"


def _alert(console: Console) -> AlertModel | None:
    if console.selected_alert is None:
        console.say(
            "no alert is under the cursor: go to those of the overview (1, then tab)", problem=True
        )
    return console.selected_alert
