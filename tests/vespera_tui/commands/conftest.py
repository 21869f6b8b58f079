"""The real program on a real data directory, no services running."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from tests.vespera_tui.commands.past import listed
from vespera_tui.cli import cli

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


DRAFTS = "".join(f'{{"id": "t-{n}", "title": "Task {n}"}}\n' for n in range(3))


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("VESPERA_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def call(data: Path) -> Callable[..., Result]:
    def invoke(*words: str) -> Result:
        return CliRunner().invoke(cli, ["--data-dir", str(data), *words])

    return invoke


@pytest.fixture
def three(call: Callable[..., Result], tmp_path: Path) -> list[dict[str, Any]]:
    """Three tasks; their operations to embed, as JSON."""
    path = tmp_path / "tasks.jsonl"
    path.write_text(DRAFTS)
    assert call("import", str(path)).exit_code == 0
    found = listed(call, "--service", "auto_embedding")
    assert len(found) == 3
    return found
