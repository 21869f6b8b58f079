"""Importing again: what is updated, refused, told, removed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from engine.exchange.export import write_path
from engine.exchange.format import read_file, without_prefix
from engine.service_config import ServiceConfiguration
from engine.stores.triple_db_service import triple_db_lifespan

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from engine.api import EngineAPI
    from engine.snapshots import ImportReport


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[EngineAPI]:
    config = ServiceConfiguration(data_dir=tmp_path / "data")
    async with triple_db_lifespan(config, enable_background_services=False) as service:
        yield service.engine


def tasks_json(path: Path, *tasks: dict[str, Any]) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"master": {"tasks": tasks}}))
    return path


async def bring(engine: EngineAPI, path: Path, prefix: str = "", **flags: bool) -> ImportReport:
    return await engine.import_drafts(read_file(path, prefix=prefix).drafts, actor="ana", **flags)


ONE = {"id": 1, "title": "Lay the keel", "dependencies": []}
TWO = {"id": 2, "title": "Bend the ribs", "dependencies": [1]}


async def test_a_second_import_updates_and_a_third_changes_nothing(
    engine: EngineAPI, tmp_path: Path
) -> None:
    path = tasks_json(tmp_path / "a.json", ONE, TWO)
    report = await bring(engine, path)
    assert (report.created, report.links) == (2, 1)
    tasks_json(path, ONE | {"status": "done"}, TWO)
    report = await bring(engine, path)
    assert (report.created, report.updated, report.unchanged) == (0, 1, 1)
    (change,) = report.changes
    assert (change.id, change.what, change.fields[0]) == ("master:1", "updated", "status")
    assert (await engine.get_task("master:1")).status == "closed"
    report = await bring(engine, path)
    assert (report.updated, report.unchanged, report.changes) == (0, 2, ())


async def test_a_dry_run_tells_the_same_and_does_nothing(engine: EngineAPI, tmp_path: Path) -> None:
    path = tasks_json(tmp_path / "a.json", ONE)
    await bring(engine, path)
    tasks_json(path, ONE | {"title": "Lay it"}, TWO)
    told = await bring(engine, path, dry_run=True)
    assert (told.created, told.updated, told.links) == (1, 1, 1)
    assert [task.title for task in await engine.list_tasks()] == ["Lay the keel"]
    done = await bring(engine, path)
    assert (done.created, done.updated, done.links, done.changes) == (1, 1, 1, told.changes)


async def test_a_dependency_that_vanished_goes_and_one_added_here_stays(
    engine: EngineAPI, tmp_path: Path
) -> None:
    path = tasks_json(tmp_path / "a.json", ONE, TWO, {"id": 3, "title": "Sail", "dependencies": []})
    await bring(engine, path)
    await engine.add_dependency("master:3", "master:1", actor="ben")
    tasks_json(path, ONE, TWO | {"dependencies": []}, {"id": 3, "title": "Sail"})
    report = await bring(engine, path)
    assert {change.id: change.fields for change in report.changes}["master:2"] == ("links",)
    assert await engine.get_links("master:2") == []
    assert [link.created_by for link in await engine.get_links("master:3")] == ["ben"]


async def test_two_projects_with_the_same_numbers_never_become_one(
    engine: EngineAPI, tmp_path: Path
) -> None:
    boat = tasks_json(tmp_path / "boat" / "tasks.json", ONE)
    shop = tasks_json(tmp_path / "shop" / "tasks.json", {"id": 1, "title": "Buy paint"}, TWO)
    await bring(engine, boat)
    report = await bring(engine, shop)
    assert report.created == 1, "master:2 is new, and its own"
    ((_, message),) = report.errors
    assert f"is the task 'Lay the keel' from '{boat}'" in message
    assert "--prefix NAME" in message
    report = await bring(engine, shop, prefix="shop")
    assert (report.created, report.errors) == (2, ())
    links = await engine.get_links("shop/master:2")
    assert [link.target_id for link in links] == ["shop/master:1"]
    assert (await engine.get_task("master:1")).title == "Lay the keel"


async def test_a_project_that_moved_is_the_same_if_one_says_so(
    engine: EngineAPI, tmp_path: Path
) -> None:
    path = tasks_json(tmp_path / "old.json", ONE)
    await bring(engine, path)
    moved = path.rename(tmp_path / "new.json")
    assert len((await bring(engine, moved)).errors) == 1
    report = await bring(engine, moved, moved=True)
    assert (report.updated, report.errors) == (1, ())
    assert await engine.imported_from(str(moved)) == ["master:1"]
    assert await engine.imported_from(str(path)) == []


@pytest.mark.parametrize("name", ["taskmaster", "taskwarrior", "backlog", "beads", "vespera"])
async def test_a_project_with_a_prefix_goes_out_and_in_alone(
    engine: EngineAPI, tmp_path: Path, name: str
) -> None:
    await bring(engine, tasks_json(tmp_path / "a.json", ONE, TWO))
    await bring(engine, tasks_json(tmp_path / "b.json", ONE, TWO), prefix="b")
    await engine.add_dependency("b/master:1", "master:2", actor="ben")
    before = [item async for item in engine.export_tasks()]
    done = await write_path(tmp_path / "out", without_prefix(engine.export_tasks(), "b/"), name)
    assert done.tasks == 2
    parsed = read_file(tmp_path / "out", name, prefix="b")
    assert [draft.id for _, draft in parsed.drafts] == ["b/master:1", "b/master:2"]
    report = await engine.import_drafts(parsed.drafts)
    assert (report.unchanged, report.links, report.errors) == (2, 0, ())
    assert [item async for item in engine.export_tasks()] == before


@pytest.mark.parametrize("name", ["taskmaster", "taskwarrior", "backlog", "beads", "vespera"])
async def test_an_export_imported_again_changes_nothing(
    engine: EngineAPI, tmp_path: Path, name: str
) -> None:
    await bring(engine, tasks_json(tmp_path / "a.json", ONE, TWO))
    await bring(engine, tasks_json(tmp_path / "b.json", ONE, TWO), prefix="b")
    await engine.add_dependency("b/master:1", "master:2", kind="tracks", actor="ben")
    await write_path(tmp_path / "out", engine.export_tasks(), name)
    report = await engine.import_drafts(read_file(tmp_path / "out", name).drafts)
    assert (report.unchanged, report.created, report.updated) == (4, 0, 0)
    assert (report.links, report.errors) == (0, ())
