"""``cycles draw`` on real stores."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from engine.host.opening import open_engine
from engine.service_config import ServiceConfiguration
from engine.tasks import TaskDraft
from vespera_tui.cli import cli

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def fill(folder: Path, drafts: Sequence[TaskDraft]) -> None:
    async def run() -> None:
        config = ServiceConfiguration(data_dir=folder)
        async with open_engine(config, services=False) as engine:
            await engine.import_drafts(list(enumerate(drafts, 1)), actor="agent-7")

    asyncio.run(run())


@pytest.fixture
def call(tmp_path: Path) -> Any:
    ring = [TaskDraft(f"Task {a}", id=a, depends_on=(b,)) for a, b in ("ab", "bc", "ca")]
    pair = [TaskDraft("[/x]\x1b[2J", id=a, depends_on=(b,)) for a, b in ("xy", "yx")]
    fill(tmp_path / "d", [*ring, *pair])

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(
            cli, ["--data-dir", str(tmp_path / "d"), "cycles", "draw", *arguments]
        )

    return invoke


def test_the_largest_cycle_is_drawn_with_its_cut(call: Any) -> None:
    result = call("--ascii", "--width", "60")
    assert result.exit_code == 0
    assert result.stdout.isascii()
    assert "+---+" in result.stdout
    assert "Task a" in result.stdout
    assert "8< cut" in result.stdout
    assert "breaks 1 of 1 cycle" in result.stdout
    assert "order after the cut: " in result.stdout
    assert max(map(len, result.stdout.splitlines()[:-3])) <= 60


@pytest.mark.parametrize(
    ("terminal", "environ", "plain"),
    [
        (True, {"TERM": "xterm-256color", "LANG": "C.UTF-8"}, False),
        (True, {"TERM": "linux", "LANG": "C.UTF-8"}, True),
        (True, {"TERM": "xterm-256color", "LANG": "C"}, True),
        (False, {"TERM": "xterm-256color", "LANG": "C.UTF-8"}, True),
    ],
)
def test_it_is_drawn_as_the_dashboard_draws_there(
    call: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    terminal: bool,
    environ: dict[str, str],
    plain: bool,
) -> None:
    for name in ("LC_ALL", "LC_CTYPE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda _: terminal)
    assert call().stdout.isascii() is plain
    assert call("--ascii").stdout.isascii()
    assert not call("--no-ascii").stdout.isascii()
    call("-o", str(tmp_path / "cycle"))
    assert (tmp_path / "cycle").read_text("utf-8").isascii()


@pytest.mark.parametrize(
    ("form", "beginning"), [("mermaid", "flowchart LR"), ("dot", "digraph"), ("svg", "<svg")]
)
def test_a_cycle_is_written_for_other_tools(
    call: Any, tmp_path: Path, form: str, beginning: str
) -> None:
    assert call("--as", form).stdout.startswith(beginning)
    path = tmp_path / "cycle"
    assert call("--as", form, "-o", str(path)).exit_code == 0
    assert path.read_text("utf-8").startswith(beginning)
    again = call("--as", form, "-o", str(path))
    assert again.exit_code == 2
    assert "exists already" in again.stderr


def test_one_is_chosen_by_its_id_and_hostile_titles_stay_text(call: Any) -> None:
    drawn = [call(number, "--no-ascii") for number in ("1", "2")]
    assert all(each.exit_code == 0 for each in drawn)
    small = min((each.stdout for each in drawn), key=lambda text: "Task a" in text)
    assert "[/x]␛[2J" in small
    assert "\x1b" not in small
    wrong = call("99")
    assert wrong.exit_code == 1
    assert "no cycle alive has the id 99; there are" in wrong.stderr


def test_options_that_do_not_fit_are_refused(call: Any) -> None:
    result = call("--as", "dot", "--ascii")
    assert result.exit_code == 2
    assert "--ascii and --width are for --as text" in result.stderr


def test_without_cycles_nothing_is_drawn(tmp_path: Path) -> None:
    fill(tmp_path / "e", [TaskDraft("alone", id="a")])
    result = CliRunner().invoke(cli, ["--data-dir", str(tmp_path / "e"), "cycles", "draw"])
    assert result.exit_code == 0
    assert "no cycles" in result.stderr
