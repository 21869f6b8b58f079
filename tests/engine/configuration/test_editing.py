from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from engine.configuration import editing
from engine.configuration.editing import RESTART, save, view
from engine.configuration.keys import dotted_keys
from engine.configuration.loading import load_configuration, origin
from engine.configuration.models import ServiceConfiguration
from engine.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path


def loaded(file: Path, **more: object):
    return load_configuration(file=file, environ={}, **more)


def start(tmp_path: Path, **settings: object) -> Path:
    file = tmp_path / "config.json"
    file.write_text(json.dumps(settings))
    return file


def test_a_setting_is_saved_and_only_what_differs_stands_in_the_file(tmp_path: Path) -> None:
    file = start(tmp_path, workers=3)
    changed, saved = save(loaded(file), file, "embedding.batch_size", "16")
    assert json.loads(file.read_text()) == {"workers": 3, "embedding": {"batch_size": 16}}
    assert changed.config.embedding.batch_size == 16
    assert (saved.before, saved.value, saved.needs_restart) == (None, "16", False)
    assert changed.sources["embedding.batch_size"] == f"file {file}"
    again, saved = save(changed, file, "embedding.batch_size", None)
    assert json.loads(file.read_text()) == {"workers": 3}
    assert again.config.embedding.batch_size == 32  # that of the profile
    assert saved.before == "16"
    assert again == loaded(file)


@pytest.mark.parametrize(
    ("key", "text", "words"),
    [
        ("workers", "many", "workers: 'many' is not allowed; allowed: a whole number from 1 to 32"),
        ("workers", "99", "workers: '99' is not allowed"),
        ("log_level", "loud", "debug, info, warning or error"),
        ("wrkers", "3", "did you mean workers"),
        ("data_dir", "/x", "can't be moved"),
        ("dashboard.keymap", "[1]", "dashboard.keymap: '[1]' is not allowed"),
        ("alerts.webhook", "ftp://x", "alerts.webhook"),
    ],
)
def test_what_is_wrong_is_refused_and_the_file_stays(
    tmp_path: Path, key: str, text: str, words: str
) -> None:
    file = start(tmp_path, workers=3)
    with pytest.raises(ConfigurationError) as caught:
        save(loaded(file), file, key, text)
    assert words in str(caught.value)
    assert json.loads(file.read_text()) == {"workers": 3}
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_that_is_broken_is_not_overwritten(tmp_path: Path) -> None:
    file = start(tmp_path)
    before = loaded(file)
    file.write_text("{broken")
    with pytest.raises(ConfigurationError, match="not valid JSON"):
        save(before, file, "workers", "3")
    assert file.read_text() == "{broken"


def test_what_overrides_the_file_is_named(tmp_path: Path) -> None:
    file = start(tmp_path)
    before = load_configuration(file=file, environ={"VESPERA_WORKERS": "5"})
    changed, saved = save(before, file, "workers", "3")
    assert json.loads(file.read_text()) == {"workers": 3}
    assert saved.overridden_by == "environment VESPERA_WORKERS"
    assert (saved.value, changed.config.workers) == ("5", 5)


def test_the_profile_is_a_setting_too(tmp_path: Path) -> None:
    file = start(tmp_path)
    changed, _ = save(loaded(file), file, "profile", "low-resource")
    assert changed.config.workers == 1
    assert changed.sources["workers"] == "profile low-resource"


def test_a_new_file_is_private_and_an_old_one_keeps_its_rights(tmp_path: Path) -> None:
    file = tmp_path / "new" / "config.json"
    save(load_configuration(environ={"VESPERA_CONFIG": ""}, flags={}), file, "workers", "3")
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o644)
    save(loaded(file), file, "workers", "4")
    assert file.stat().st_mode & 0o777 == 0o644


def test_a_write_that_fails_leaves_all_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = start(tmp_path, workers=3)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(editing.os, "fsync", full)
    with pytest.raises(ConfigurationError, match="can't be written: No space left"):
        save(loaded(file), file, "workers", "4")
    assert json.loads(file.read_text()) == {"workers": 3}
    assert list(tmp_path.iterdir()) == [file]


def test_every_setting_is_seen_with_its_source(tmp_path: Path) -> None:
    file = start(tmp_path, workers=3)
    found = {each.key: each for each in view(loaded(file), file).settings}
    assert list(found) == dotted_keys(ServiceConfiguration)
    assert found["workers"].value == "3"
    assert found["workers"].source == f"file {file}"
    assert found["embedding.batch_size"].source == "profile production"
    assert found["log_level"].choices == ("debug", "info", "warning", "error")
    assert found["embedding.enabled"].choices == ("true", "false")
    assert set(found) >= RESTART


def test_where_a_configuration_came_from_is_known_and_else_made_out(tmp_path: Path) -> None:
    file = start(tmp_path, workers=3)
    first = loaded(file)
    assert origin(first.config) is first
    made = ServiceConfiguration(workers=4)
    assert origin(made).config == made
    assert origin(made).sources["workers"] == "program"
