"""What is done to settings: changed in the file, or left to profile and defaults again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from engine.errors import ConfigurationError
from vespera_tui.actions import ACTIONS
from vespera_tui.console import ACTOR, engine_of
from vespera_tui.keymap import check_setting
from vespera_tui.undo import Undo
from widgets.models import Choice

if TYPE_CHECKING:
    from engine.api import EngineAPI
    from engine.configuration.editing import SettingSaved, SettingView
    from vespera_tui.console import Console


async def edit(console: Console) -> None:
    """Ask for another value, until it is allowed or given up; save it in the file."""
    if (setting := _setting(console)) is None:
        return
    problem, value = "", setting.value
    while True:
        text = await _ask(console, setting, value, problem)
        if text is None or text == _plain(setting.value):
            return
        try:
            check_setting(ACTIONS, setting.key, text)
            saved = await engine_of(console).save_setting(setting.key, text, actor=ACTOR)
        except ConfigurationError as error:
            problem, value = str(error), text
            if setting.choices:
                raise
        else:
            _tell(console, saved)
            return


async def _ask(console: Console, setting: SettingView, value: str, problem: str) -> str | None:
    if setting.choices:
        choices = [
            Choice(each, each, "in force now" if each == _plain(setting.value) else "")
            for each in setting.choices
        ]
        return await console.choose(f"{setting.key}: {setting.meaning}", choices)
    shown = value if problem else _plain(value)
    return await console.type_in(
        setting.key, f"{setting.meaning} ({setting.allowed})", shown, problem
    )


async def reset(console: Console) -> None:
    """Take the setting out of the file, so that profile or default count again."""
    if (setting := _setting(console)) is None:
        return
    if not setting.source.startswith("file"):
        console.say(
            f"{setting.key} is not in the file: it is set by {setting.source}", problem=True
        )
        return
    _tell(console, await engine_of(console).save_setting(setting.key, None, actor=ACTOR))


def _tell(console: Console, saved: SettingSaved) -> None:
    async def back(engine: EngineAPI) -> str:
        settings = (await engine.configuration()).settings
        now = next(each for each in settings if each.key == saved.key)
        if now.value != saved.value:
            return f"{now.key} stays: it is {now.value} now, set by {now.source} since"
        before = None if saved.before is None else _plain(saved.before)
        undone = await engine.save_setting(saved.key, before, actor=ACTOR)
        return f"{undone.key} is {undone.value} again"

    when = "; it counts after a restart" if saved.needs_restart else ""
    if saved.overridden_by:
        when = f"; {saved.overridden_by} overrides that, so {saved.value} stays in force"
    text = f"{saved.key} is saved in {saved.file}: {saved.value}{when}"
    console.say(text, undo=Undo(f"change of {saved.key}", back))


def _setting(console: Console) -> SettingView | None:
    setting = console.selected_setting
    if setting is None:
        console.say("no setting is under the cursor", problem=True)
    return setting


def _plain(text: str) -> str:
    """A value as it is typed: a text without the quotes of JSON."""
    value = json.loads(text)
    return value if isinstance(value, str) else text
