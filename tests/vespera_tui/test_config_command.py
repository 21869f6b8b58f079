from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from engine.service_config import ServiceConfiguration, get_low_resource_config
from vespera_tui.cli import cli

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def run(*words: object, **environ: str) -> Result:
    return CliRunner().invoke(cli, ["config", *map(str, words)], env=environ)


def test_show_prints_a_line_for_each_setting() -> None:
    result = run("show", "--profile", "low-resource")
    assert result.exit_code == 0
    assert "workers = 1\n" in result.output
    assert 'embedding.backend = "onnx-int8"\n' in result.output


def test_show_as_json_is_a_file_that_can_be_read_again(home: Path) -> None:
    result = run("show", "--json", "--profile", "low-resource")
    assert ServiceConfiguration.from_json(result.stdout) == get_low_resource_config()
    (home / "saved.json").write_text(result.stdout)
    assert run("show", "--json", "--config", home / "saved.json").stdout == result.stdout


@pytest.mark.parametrize("command", ["show", "explain", "validate", "schema"])
def test_every_command_takes_the_common_options(command: str, home: Path) -> None:
    (home / "mine.json").write_text("{}")
    result = run(
        command, "--profile", "development", "--config", home / "mine.json", "--data-dir", home
    )
    assert (result.exit_code, result.stderr) == (0, "")


def test_explain_says_what_set_a_value(home: Path) -> None:
    (home / "mine.json").write_text('{"embedding": {"batch_size": 5}}')
    result = run("explain", "embedding.batch_size", "--config", home / "mine.json")
    assert "embedding.batch_size = 5\n" in result.output
    assert f"set by       file {home}/mine.json\n" in result.output
    assert "allowed      a whole number from 1 to 1000\n" in result.output
    assert "environment  VESPERA_EMBEDDING__BATCH_SIZE\n" in result.output


def test_explain_lists_all_sources() -> None:
    output = run("explain", "--data-dir", "/somewhere", VESPERA_WORKERS="7").output
    assert '"/somewhere"  (flag --data-dir)' in output
    assert "7  (environment VESPERA_WORKERS)" in output
    assert "(profile production)" in output
    assert "(default)" in output


def test_explain_as_json_for_a_section() -> None:
    found = json.loads(run("explain", "plugins", "--json").stdout)
    assert [each["key"] for each in found] == ["plugins.enabled"]
    assert found[0]["source"] == "default"


def test_explain_on_a_terminal_draws_a_table_and_reads_no_markup(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "[red]x.json").write_text('{"embedding": {"embedding_model": "[bold]m\\u001b[31m"}}')
    monkeypatch.setattr("vespera_tui.commands.config.on_terminal", lambda: True)
    result = run(
        "explain", "embedding", "--config", home / "[red]x.json", COLUMNS="400", TERM="dumb"
    )
    assert result.exit_code == 0
    assert "Set by" in result.output
    assert "[bold]m\\u001b[31m" in result.output
    assert "[red]x.json" in result.output
    assert "\x1b" not in result.output


def test_hostile_text_is_shown_not_obeyed(home: Path) -> None:
    (home / "mine.json").write_text('{"embedding": {"embedding_model": "\\u001b[2J\\u202egp"}}')
    for command in (["show"], ["show", "--json"], ["explain"], ["explain", "embedding"]):
        output = run(*command, "--config", home / "mine.json").output
        assert "\x1b" not in output
        assert "\u202e" not in output


def test_validate_counts_what_a_file_sets(home: Path) -> None:
    (home / "mine.json").write_text('{"profile": "development", "workers": 4}')
    result = run("validate", home / "mine.json", VESPERA_WORKERS="nonsense")  # not its concern
    assert (result.exit_code, result.stderr) == (0, "")
    assert "valid: profile development, 2 settings" in result.output
    assert f"  file {home}/mine.json" in result.output


def test_validate_without_a_file_checks_what_is_in_force() -> None:
    assert run("validate").exit_code == 0
    result = run("validate", VESPERA_WORKERS="0")
    assert result.exit_code == 2
    assert "environment VESPERA_WORKERS: workers: '0' is not allowed" in result.stderr


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["show", "--profile", "fast"], "flag --profile: profile: 'fast' is not allowed"),
        (["show", "--config", "none.json"], "file none.json: can't be read"),
        (["validate", "none.json"], "file none.json: can't be read"),
        (["explain", "wokers"], "did you mean workers?"),
        (["show", "--nonsense"], "--nonsense"),
    ],
)
def test_what_is_wrong_is_one_line_and_exit_code_2(
    words: list[str], problem: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    result = run(*words)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert problem in result.stderr
    assert result.stderr.count("\n") == 1


def test_validate_refuses_keys_with_which_no_dashboard_starts(home: Path) -> None:
    (home / "keys.json").write_text('{"dashboard": {"keymap": {"retry": "y"}}}')
    result = run("validate", home / "keys.json")
    assert result.exit_code == 2
    assert "the key 'y' would be that of two actions" in result.stderr


def test_validate_names_line_and_column(home: Path) -> None:
    (home / "broken.json").write_text('{\n "workers" 3}')
    result = run("validate", home / "broken.json")
    assert result.exit_code == 2
    assert "line 2 column 12" in result.stderr


def test_schema_is_json_schema() -> None:
    schema = json.loads(run("schema").stdout)
    assert schema["$schema"].startswith("https://json-schema.org/")
    assert schema["properties"]["workers"]["maximum"] == 32
