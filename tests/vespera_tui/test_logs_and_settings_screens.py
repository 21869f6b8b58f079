"""Screens 7 and 8, worked by keys alone on a real engine; what counts is what is in the files."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from engine.host import open_engine
from engine.monitoring.log_file import log_path
from engine.service_config import load_configuration
from tests.vespera_tui.typing_in import filter_by
from tests.vespera_tui.typing_in import write as write_in
from vespera_tui.app import VesperaApp
from widgets.dialogs import Menu, Prompt
from widgets.log_list import LogList
from widgets.setting_list import SettingList
from widgets.text_pane import TextPane

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from textual.pilot import Pilot

    from engine.host.embedded import EmbeddedEngine
    from tests.vespera_tui.conftest import Shown, Until

LINES = (
    {"event": "started", "level": "info", "timestamp": "2027-01-15T08:00:00.1Z"},
    {"event": "slow [/x]\x1b", "level": "warning", "subject": "incremental_sync", "n": 3},
    {"event": "broken", "level": "error", "exception": "Traceback\nValueError: boom"},
)


def write(folder: Path, *entries: dict[str, Any]) -> None:
    path = log_path(folder / "data")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(entry) + "\n" for entry in entries)


@pytest.fixture
def start(until: Until, tmp_path: Path) -> Callable[..., Any]:
    """The dashboard on a screen over a real engine and its configuration file in ``tmp_path``."""

    @asynccontextmanager
    async def run(
        key: str, kind: type[Any], environ: dict[str, str] | None = None, **options: Any
    ) -> AsyncIterator[Pilot[None]]:
        file = tmp_path / "config.json"
        file.write_text('{"workers": 3}')
        flags = {"data_dir": str(tmp_path / "data")}
        config = load_configuration(file=file, environ=environ or {}, flags=flags).config
        async with open_engine(config, services=False) as engine:

            @asynccontextmanager
            async def opened(*, on_step: Any) -> AsyncIterator[EmbeddedEngine]:
                on_step("opened before")
                yield engine

            app = VesperaApp(opened, config_profile="production", **options)
            async with app.run_test(size=(120, 40), notifications=True) as pilot:
                await until(pilot, lambda: app.services)
                await pilot.press(key)
                await until(pilot, lambda: isinstance(app.focused, kind))
                await until(pilot, lambda: app.focused.total)  # type: ignore[union-attr] # a list
                yield pilot

    return run


def of(app: Any, kind: type[Any]) -> Any:
    return app.screen_stack[0].query_one(kind)


def told(app: Any) -> str:
    return " ".join(each.message for each in app._notifications)


async def test_the_log_follows_filters_and_stands_still(
    start: Any, until: Until, shown: Shown, tmp_path: Path
) -> None:
    write(tmp_path, *LINES)
    async with start("7", LogList) as pilot:
        rows = of(pilot.app, LogList)
        await until(pilot, lambda: "slow [/x]␛" in shown(pilot.app))
        write(tmp_path, {"event": "later", "level": "info"})
        await until(pilot, lambda: rows.rows[-1].event == "later")
        assert rows.selected.event == "later"
        await pilot.press("f")
        await until(pilot, lambda: "stands still" in shown(pilot.app))
        write(tmp_path, {"event": "unseen", "level": "info"})
        await pilot.app.session.feed.poll()
        await pilot.pause()
        assert rows.rows[-1].event == "later"
        await pilot.press("f")
        await until(pilot, lambda: rows.rows[-1].event == "unseen")
        await filter_by(pilot, until, "level:warning")
        await until(pilot, lambda: [r.event for r in rows.rows] == ["slow [/x]\x1b", "broken"])
        await pilot.press("/", "escape")
        await filter_by(pilot, until, "service:sync")
        await until(pilot, lambda: [row.event for row in rows.rows] == ["slow [/x]\x1b"])
        await pilot.press("/", "escape")
        await filter_by(pilot, until, "boom")
        await until(pilot, lambda: [row.event for row in rows.rows] == ["broken"])
        await pilot.press("enter")
        await until(pilot, lambda: "ValueError: boom" in of(pilot.app, TextPane).plain)
        await pilot.press("y")
        await until(pilot, lambda: "Traceback" in pilot.app.clipboard)


async def test_a_wrong_level_is_named(
    start: Any, until: Until, shown: Shown, tmp_path: Path
) -> None:
    write(tmp_path, *LINES)
    async with start("7", LogList) as pilot:
        await filter_by(pilot, until, "level:loud")
        await until(pilot, lambda: "level: 'loud' is not one of debug" in shown(pilot.app))


async def test_a_misspelt_service_is_named(
    start: Any, until: Until, shown: Shown, tmp_path: Path
) -> None:
    write(tmp_path, *LINES)
    async with start("7", LogList) as pilot:
        await filter_by(pilot, until, "service:incremental_snyc")
        await until(pilot, lambda: "did you mean incremental_sync?" in shown(pilot.app))
        await pilot.press("/", "escape")
        await filter_by(pilot, until, "service:nope")  # a person may be called so
        await until(pilot, lambda: of(pilot.app, LogList).total == 0)
        await until(pilot, lambda: "esc in the filter line drops the filter" in shown(pilot.app))


async def test_sections_and_sources_are_checked_whatever_the_case(
    start: Any, until: Until, shown: Shown
) -> None:
    async with start("8", SettingList) as pilot:
        for words, told in (
            ("section:nope", "section: 'nope' is not one of"),
            ("by:xyz", "by: 'xyz' is not one of default, profile, file, environment, flag"),
        ):
            await filter_by(pilot, until, words)
            await until(pilot, lambda told=told: told in shown(pilot.app))
            await pilot.press("/", "escape")
        await filter_by(pilot, until, "section:EMBEDDING by:File")
        await until(pilot, lambda: of(pilot.app, SettingList).total == 0)
        await until(pilot, lambda: "esc in the filter line drops the filter" in shown(pilot.app))
        await pilot.press("/", "escape")
        await filter_by(pilot, until, "section:Embedding")
        rows = of(pilot.app, SettingList)
        await until(pilot, lambda: {row.id.partition(".")[0] for row in rows.rows} == {"embedding"})


async def select(pilot: Pilot[None], until: Until, key: str) -> None:
    await filter_by(pilot, until, key)
    await until(pilot, lambda: getattr(of(pilot.app, SettingList).selected, "id", "") == key)


async def test_a_setting_is_changed_in_the_file_counts_at_once_and_is_taken_back(
    start: Any, until: Until, shown: Shown, tmp_path: Path
) -> None:
    file = tmp_path / "config.json"
    async with start("8", SettingList) as pilot:
        await select(pilot, until, "embedding.batch_size")
        await pilot.press("i")
        await until(pilot, lambda: isinstance(pilot.app.screen, Prompt))
        await pilot.press("ctrl+u", *"many", "enter")
        await until(pilot, lambda: "'many' is not allowed" in " ".join(shown(pilot.app).split()))
        assert json.loads(file.read_text()) == {"workers": 3}
        await pilot.press("ctrl+u", *"17", "enter")
        await until(pilot, lambda: "(u: undo)" in shown(pilot.app))
        assert json.loads(file.read_text()) == {"workers": 3, "embedding": {"batch_size": 17}}
        engine = pilot.app.engine
        assert engine.manager.config.embedding.batch_size == 17
        await until(pilot, lambda: of(pilot.app, SettingList).selected.value == "17")
        await pilot.press("u")
        await until(pilot, lambda: json.loads(file.read_text()) == {"workers": 3})
        assert engine.manager.config.embedding.batch_size == 32


async def test_keys_with_which_no_dashboard_starts_are_refused(
    start: Any, until: Until, shown: Shown, tmp_path: Path
) -> None:
    async with start("8", SettingList) as pilot:
        await select(pilot, until, "dashboard.keymap")
        await pilot.press("i")
        await until(pilot, lambda: isinstance(pilot.app.screen, Prompt))
        await pilot.press("ctrl+u")
        await write_in(pilot, '{"retry": "y"}')
        await pilot.press("enter")
        await until(pilot, lambda: "would be that of two actions" in shown(pilot.app))
        assert json.loads((tmp_path / "config.json").read_text()) == {"workers": 3}


async def test_one_of_few_values_is_chosen_and_a_restart_is_told(
    start: Any, until: Until, shown: Shown, tmp_path: Path
) -> None:
    async with start("8", SettingList) as pilot:
        await select(pilot, until, "log_level")
        await pilot.press("i")
        await until(pilot, lambda: isinstance(pilot.app.screen, Menu))
        await pilot.press("enter")
        await until(pilot, lambda: "counts after a restart" in told(pilot.app))
    written = json.loads((tmp_path / "config.json").read_text())
    assert written == {"workers": 3, "log_level": "debug"}


async def test_a_setting_of_the_file_is_left_to_the_defaults_again(
    start: Any, until: Until, shown: Shown, tmp_path: Path
) -> None:
    async with start("8", SettingList) as pilot:
        await filter_by(pilot, until, "by:file")
        await until(pilot, lambda: of(pilot.app, SettingList).total == 1)
        await pilot.press("backspace")
        await until(pilot, lambda: json.loads((tmp_path / "config.json").read_text()) == {})
        await pilot.press("/", "escape")
        await select(pilot, until, "queue_limit")
        await pilot.press("backspace")
        await until(pilot, lambda: "is not in the file" in shown(pilot.app))


async def test_what_the_environment_overrides_is_told(
    start: Any, until: Until, shown: Shown
) -> None:
    async with start("8", SettingList, environ={"VESPERA_WORKERS": "5"}) as pilot:
        await select(pilot, until, "max_retries")
        await pilot.press("/", "escape")
        await filter_by(pilot, until, "by:env")
        await until(pilot, lambda: of(pilot.app, SettingList).total == 1)
        await pilot.press("i")
        await until(pilot, lambda: isinstance(pilot.app.screen, Prompt))
        await pilot.press("ctrl+u", "4", "enter")
        expected = "environment VESPERA_WORKERS overrides that, so 5 stays in force"
        await until(pilot, lambda: expected in told(pilot.app))


async def test_read_only_changes_no_setting(
    start: Any, until: Until, shown: Shown, tmp_path: Path
) -> None:
    async with start("8", SettingList, read_only=True) as pilot:
        await pilot.press("i")
        await until(pilot, lambda: "this dashboard only looks" in shown(pilot.app))
        await pilot.press("backspace")
    assert json.loads((tmp_path / "config.json").read_text()) == {"workers": 3}
