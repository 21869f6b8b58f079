"""``import``, ``export`` and ``watch`` on a real engine without its services."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from engine.service_config import ServiceConfiguration
from engine.stores.triple_db_service import triple_db_lifespan
from vespera_tui.cli import cli
from vespera_tui.commands.watch import Watched, changes, follow

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from engine.api import EngineAPI

SAMPLES = Path(__file__).parents[1] / "engine" / "exchange" / "samples"


@pytest.fixture
def call(tmp_path: Path) -> Callable[..., Result]:
    def invoke(*arguments: str | Path, given: str | None = None) -> Result:
        words = ["--data-dir", str(tmp_path / "data"), *map(str, arguments)]
        return CliRunner().invoke(cli, words, input=given)

    return invoke


def tasks_json(path: Path, **titles: str) -> Path:
    tasks = [{"id": int(name[1:]), "title": title} for name, title in titles.items()]
    path.write_text(json.dumps({"master": {"tasks": tasks}}))
    return path


def test_each_format_goes_in_by_itself_and_a_second_time_changes_nothing(call: Any) -> None:
    for sample, words in (
        ("tasks.json", "taskmaster: 8 tasks"),
        ("taskwarrior.json", "taskwarrior: 5 tasks"),
        ("backlog", "backlog: 5 tasks"),
    ):
        result = call("import", SAMPLES / sample)
        assert (result.exit_code, f"{words} created" in result.stdout) == (0, True)
        assert "0 tasks created, 0 updated" in call("import", SAMPLES / sample).stdout


def test_a_dry_run_names_each_task_and_stores_none(call: Any) -> None:
    result = call("import", SAMPLES / "tasks.json", "--dry-run", "--verbose")
    assert "would be created  master:1.1  Buy oak" in result.stdout
    found = json.loads(call("import", SAMPLES / "tasks.json", "--dry-run", "--json").stdout)
    assert (found["created"], found["format"], found["errors"]) == (8, "taskmaster", [])
    assert found["changes"][0] == {
        "id": "master:1",
        "title": "Lay the keel",
        "what": "created",
        "fields": [],
    }
    assert call("import", SAMPLES / "tasks.json", "--dry-run", "--wait").exit_code == 2


def test_a_task_that_is_left_out_is_told_with_its_place(call: Any, tmp_path: Path) -> None:
    path = tmp_path / "tasks.json"
    good, bad = {"id": 1, "title": "a"}, {"id": 2, "title": "b", "status": "odd\x1b"}
    path.write_text(json.dumps({"tasks": [good, bad]}))
    result = call("import", path)
    assert result.exit_code == 1
    assert f"{path}: task master:2: status: 'odd\\x1b' is not one of pending" in result.stderr
    assert "1 tasks created" in result.stdout


def test_what_vanished_is_kept_until_it_is_pruned(call: Any, tmp_path: Path) -> None:
    path = tasks_json(tmp_path / "tasks.json", t1="a", t2="b", t3="c")
    call("import", path)
    tasks_json(path, t2="b")
    result = call("import", path)
    assert "2 tasks are no longer in" in result.stderr
    assert "--prune deletes them" in result.stderr
    assert json.loads(call("import", path, "--json").stdout)["vanished"] == ["master:1", "master:3"]
    refused = call("import", path, "--prune")
    assert refused.exit_code == 1
    assert "say --yes" in refused.stderr
    assert "2 tasks would be deleted" in call("import", path, "--prune", "--dry-run").stderr
    result = call("import", path, "--prune", "--yes")
    assert (result.exit_code, "2 tasks deleted" in result.stderr) == (0, True)
    assert json.loads(call("import", path, "--json").stdout)["vanished"] == []


def test_nothing_is_pruned_when_something_could_not_be_read(call: Any, tmp_path: Path) -> None:
    path = tasks_json(tmp_path / "tasks.json", t1="a", t2="b")
    call("import", path)
    tasks_json(path, t1="a", t2="")
    result = call("import", path, "--prune", "--yes")
    assert result.exit_code == 1
    assert "nothing was pruned" in result.stderr
    assert "1 tasks are no longer in" in result.stderr


def test_export_goes_by_the_name_and_refuses_what_it_does_not_know(
    call: Any, tmp_path: Path
) -> None:
    call("import", SAMPLES / "tasks.json")
    assert call("export", tmp_path / "tasks.json").exit_code == 0
    assert list(json.loads((tmp_path / "tasks.json").read_text())) == [
        *("master", "empty", "paint-shop")
    ]
    result = call("export", tmp_path / "x.json")
    assert (result.exit_code, "say which with --format" in result.stderr) == (2, True)
    (tmp_path / "x.json").write_text('{"name": "package"}')
    result = call("export", tmp_path / "x.json", "--format", "taskwarrior")
    assert (result.exit_code, "holds no tasks; --force" in result.stderr) == (2, True)
    result = call("export", tmp_path / "tasks.json", "--format", "beads")
    assert (result.exit_code, "holds taskmaster; --force" in result.stderr) == (2, True)
    assert call("export", tmp_path / "x.json", "--format", "beads", "--force").exit_code == 0
    assert call("export", "-", "--format", "backlog").exit_code == 2
    assert json.loads(call("export", "-", "--format", "taskwarrior").stdout)[0]["uuid"]


def test_a_folder_keeps_what_the_store_does_not_have(call: Any, tmp_path: Path) -> None:
    call("import", SAMPLES / "tasks.json")
    folder = tmp_path / "backlog"
    (folder / "tasks").mkdir(parents=True)
    mine = folder / "tasks" / "task-1 - Mine.md"
    mine.write_text("---\nid: task-1\ntitle: Mine\nstatus: To Do\n---\n")
    result = call("export", folder)
    assert "1 tasks are still there that the store does not have: task-1" in result.stderr
    assert mine.read_text().endswith("status: To Do\n---\n")
    assert len(list((folder / "tasks").glob("*.md"))) == 8, "seven beside it, one is cancelled"
    assert call("import", folder, "--dry-run").stdout.startswith(
        "backlog: 1 tasks would be created"
    )


def test_plain_says_what_it_leaves_out(call: Any, tmp_path: Path) -> None:
    call("import", SAMPLES / "tasks.json")
    result = call("export", tmp_path / "t.json", "--format", "taskmaster", "--plain")
    assert "8 tasks have more than taskmaster can say" in result.stderr
    assert "vespera" not in (tmp_path / "t.json").read_text()


@asynccontextmanager
async def engine_at(folder: Path) -> AsyncIterator[EngineAPI]:
    config = ServiceConfiguration(data_dir=folder)
    async with triple_db_lifespan(config, enable_background_services=False) as service:
        yield service.engine


async def test_watching_survives_whatever_happens_to_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tasks_json(tmp_path / "tasks.json", t1="a")
    whole = path.read_text()

    def swap() -> None:
        new = tasks_json(tmp_path / "new", t1="b", t2="c")
        new.replace(path)

    steps: list[Callable[[], object]] = [
        lambda: None,
        lambda: path.write_text(whole[:20]),
        swap,
        path.unlink,
        lambda: path.write_text(whole),
    ]

    async def source() -> AsyncIterator[None]:
        for step in steps:
            step()
            yield

    async with engine_at(tmp_path / "data") as engine:
        await follow(engine, Watched(path, as_json=True), source())
        assert (await engine.get_task("master:1")).title == "a"
        assert (await engine.get_task("master:2")).title == "c", "kept, though it vanished"
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line.get("created") for line in lines] == [1, None, 1, None, 0]
    assert "not JSON" in lines[1]["error"]
    assert lines[2]["updated"] == 1
    assert "gone" in lines[3]["error"]
    assert lines[4]["vanished"] == ["master:2"]


async def test_real_changes_of_a_file_and_of_a_folder_arrive(tmp_path: Path) -> None:
    file, folder = tmp_path / "a.json", tmp_path / "b"
    file.touch()
    folder.mkdir()
    for path, touched in ((file, file), (folder, folder / "x.md")):
        stop = asyncio.Event()
        found = changes(path, stop, 20)
        waiting = asyncio.ensure_future(anext(found))
        async with asyncio.timeout(20):
            while not waiting.done():
                touched.write_text(touched.read_text() + "x" if touched.exists() else "")
                await asyncio.wait({waiting}, timeout=0.2)
            stop.set()
            assert [item async for item in found if item is not None] == [], "it ends"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_program_watches_and_ends_well(tmp_path: Path, number: int) -> None:
    path = tasks_json(tmp_path / "tasks.json", t1="a")
    words = ["--data-dir", str(tmp_path / "data"), "watch", str(path), "--json"]
    with subprocess.Popen(
        [sys.executable, "-m", "vespera_tui", *words, "--debounce", "20"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "VESPERA_EMBEDDING__MODEL_PATH": str(tmp_path / "none")},
    ) as process:
        assert process.stdout
        assert json.loads(process.stdout.readline())["created"] == 1
        tasks_json(tmp_path / "new", t1="a", t2="b").replace(path)
        assert json.loads(process.stdout.readline())["created"] == 1
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert "stopped watching" in errors
