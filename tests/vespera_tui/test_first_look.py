"""What the first picture takes from the configuration is what the configuration says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from engine.errors import ConfigurationError
from engine.service_config import load_configuration
from vespera_tui.first_look import FirstLook, first_look

if TYPE_CHECKING:
    from pathlib import Path

KEYS = {"filter": "f2"}
FILE = {
    "profile": "low-resource",
    "workers": 3,
    "dashboard": {"theme": "mine", "notify": "bell", "keymap": KEYS},
}
ENVIRONMENT = {
    "VESPERA_PROFILE": "development",
    "VESPERA_DASHBOARD__THEME": "vespera-light",
    "VESPERA_DASHBOARD__NOTIFY": "off",
    "VESPERA_DASHBOARD__KEYMAP": '{"help": "f1"}',
}


@pytest.mark.parametrize("profile", [None, "production"])
@pytest.mark.parametrize("environ", [{}, ENVIRONMENT, {"VESPERA_DASHBOARD__KEYMAP": "{}"}])
@pytest.mark.parametrize("said", [None, {}, FILE, {"dashboard": {"theme": "mine"}}])
@pytest.mark.parametrize("named", ["flag", "environment", "standard"])
def test_it_is_the_configuration_s(
    said: dict[str, Any] | None,
    environ: dict[str, str],
    profile: str | None,
    named: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    path = tmp_path / "vespera" / "config.json"
    file = None
    if said is not None:
        path.parent.mkdir()
        path.write_text("\ufeff" + json.dumps(said), "utf-8")
        file = path if named == "flag" else None
        environ = {**environ, "VESPERA_CONFIG": str(path)} if named == "environment" else environ

    look = first_look(profile, file, environ)

    config = load_configuration(profile=profile, file=file, environ=environ).config
    whole = config.dashboard
    assert look == FirstLook(config.profile, whole.theme, whole.notify, whole.keymap)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        "[" * 100_000,
        '{"dashboard": 1, "profile": []}',
        '{"dashboard": {"theme": 1, "notify": null, "keymap": []}}',
        '{"dashboard": {"theme": "", "keymap": {"help": 1}}}',
    ],
)
def test_what_makes_no_sense_is_left_to_the_configuration(text: str, tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text(text)
    assert first_look(file=file, environ={}) == FirstLook()
    with pytest.raises(ConfigurationError, match=r"config\.json"):
        load_configuration(file=file, environ={})


def test_a_keymap_in_the_environment_that_is_none_is_left_to_the_configuration() -> None:
    environ = {"VESPERA_DASHBOARD__KEYMAP": "nonsense"}
    assert first_look(environ=environ) == FirstLook()
    with pytest.raises(ConfigurationError, match="KEYMAP"):
        load_configuration(environ=environ)


def test_the_first_picture_needs_no_model_of_the_configuration() -> None:
    code = (
        "import sys, vespera_tui.first_look, vespera_tui.running, vespera_tui.screens.overview\n"
        "late = {'pydantic', 'structlog', 'engine.service_config', 'engine.host', 'sqlite3'}\n"
        "print(sorted(late & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    )
    assert done.stdout.strip() == "[]"
