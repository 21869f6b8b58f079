"""A file of another tracker, brought in and written again, says what it said."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from engine.exchange import front_matter
from engine.exchange.export import write_path
from engine.exchange.format import read_file
from engine.exchange.names import FORMATS
from engine.tasks import Link, TaskDraft
from tests.engine.exchange.test_round_trip import EXACT, TIMES, stored

if TYPE_CHECKING:
    from collections.abc import Sequence

SAMPLES = Path(__file__).parent / "samples"
NOW = 1_770_000_000.5


def drafts_of(path: Path, **options: str) -> dict[str, TaskDraft]:
    parsed = read_file(path, **options)
    assert not parsed.errors
    return {draft.id: draft for _, draft in parsed.drafts}


def as_stored(drafts: Sequence[TaskDraft]) -> list[TaskDraft]:
    """The drafts as a store gives them back: with times, in the order of their ids."""

    def times(draft: TaskDraft) -> dict[str, Any]:
        created = draft.created_at or NOW
        closed = draft.status in {"closed", "cancelled"}
        return {
            "created_at": created,
            "updated_at": draft.updated_at or created,
            "closed_at": draft.closed_at or (draft.updated_at or NOW if closed else None),
            "links": tuple(
                Link("", k.target_id, k.kind, k.created_at or NOW, k.created_by or "ana")
                for k in draft.links
            ),
        }

    fields = [{name: getattr(d, name) for name in ("id", *EXACT)} | times(d) for d in drafts]
    return sorted((TaskDraft(**field) for field in fields), key=lambda draft: draft.id)


def links(draft: TaskDraft, kind: str = "blocks") -> list[str]:
    return [link.target_id for link in draft.links if link.kind == kind]


def test_taskmaster_in() -> None:
    parsed = read_file(SAMPLES / "tasks.json")
    found = drafts_of(SAMPLES / "tasks.json")
    assert parsed.format == "taskmaster"
    assert list(found) == [
        *("master:1", "master:1.1", "master:1.2", "master:2", "master:2.1", "master:2.2"),
        *("master:4", "paint-shop:1"),
    ]
    keel, scarfs, ribs = found["master:1"], found["master:1.2"], found["master:2"]
    assert (keel.status, keel.priority, keel.project) == ("closed", 0, "master")
    assert keel.description.startswith("Oak, scarfed in two places.\n\n## Details\n\nSoak the")
    assert keel.description.endswith("\n\n## Test strategy\n\nNo gap wider than a hair.")
    assert (scarfs.status, links(scarfs, "parent-child")) == ("in_progress", ["master:1"])
    assert links(scarfs) == ["master:1.1", "master:2.1"], "a number is a neighbour, if there is one"
    assert links(ribs) == ["master:1", "master:9", "master:1.2"]
    assert links(found["master:2.1"]) == ["master:2.2"]
    assert ribs.extra["taskmaster"]["complexityScore"] == 7
    assert ribs.extra["origin"] == {
        "format": "taskmaster",
        "id": "master:2",
        "source": str(SAMPLES / "tasks.json"),
    }
    assert found["master:4"].status == "blocked"
    assert found["paint-shop:1"].status == "deferred"


def test_taskmaster_as_of_old(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    tasks = [{"id": 1, "title": "a", "dependencies": []}]
    path.write_text(json.dumps({"tasks": tasks, "meta": {"projectName": "Boat"}}))
    (draft,) = drafts_of(path).values()
    assert (draft.id, draft.project) == ("master:1", "master")


def test_taskwarrior_in() -> None:
    parsed = read_file(SAMPLES / "taskwarrior.json")
    assert (parsed.format, parsed.errors) == ("taskwarrior", ())
    rope, eyes, hull, varnish, flag = (draft for _, draft in parsed.drafts)
    assert (rope.title, rope.project, rope.priority) == ("Order the rope", "boat.rigging", 1)
    assert rope.tags == ("shop", "next")
    assert rope.description == "Twelve millimetres\n\nAsk for hemp"
    assert (rope.status, eyes.status, hull.status) == ("open", "in_progress", "closed")
    assert (varnish.status, flag.status) == ("deferred", "cancelled")
    assert links(eyes) == [rope.id, rope.id[:-2] + "ff"]
    assert links(hull) == [rope.id], "text with commas, as old versions write"
    assert (hull.created_at, hull.closed_at) == (1772352120.0, 1772625600.0)
    assert varnish.extra["taskwarrior"]["recur"] == "yearly"


def test_backlog_in() -> None:
    parsed = read_file(SAMPLES)
    found = drafts_of(SAMPLES / "backlog")
    assert parsed.format == "backlog", "the folder above is enough"
    assert sorted(found) == ["BACK-1", "BACK-1.01", "BACK-2", "BACK-3", "draft-1"]
    keel, oak = found["BACK-1"], found["BACK-1.01"]
    assert (keel.title, keel.status, keel.priority) == ("Keel: lay it", "in_progress", 1)
    assert (keel.assignee, keel.tags) == ("@ines", ("wood", "yes"))
    assert "- [x] #1 No gap wider than a hair" in keel.description
    assert keel.created_at == 1772361000.0
    assert (oak.assignee, oak.description) == ("@tom", "Green, not dried.")
    assert links(oak, "parent-child") == ["BACK-1"]
    assert links(oak) == ["BACK-2", "BACK-77"], "ids are found whatever their case"
    statuses = {i: found[i].status for i in ("BACK-2", "BACK-3", "draft-1")}
    assert statuses == {"BACK-2": "closed", "BACK-3": "cancelled", "draft-1": "deferred"}


def without(value: Any) -> Any:
    """A document without what Vespera added."""
    if isinstance(value, list):
        return [without(item) for item in value]
    if not isinstance(value, dict):
        return value
    rest = {name: without(item) for name, item in value.items() if name != "vespera"}
    if "metadata" in rest and not rest["metadata"]:
        del rest["metadata"]
    return rest


@pytest.mark.parametrize("name", ["tasks.json", "taskwarrior.json"])
@pytest.mark.parametrize("plain", [False, True])
async def test_a_file_says_the_same_again(tmp_path: Path, name: str, plain: bool) -> None:
    parsed = read_file(SAMPLES / name)
    store = as_stored([draft for _, draft in parsed.drafts])
    done = await write_path(tmp_path / name, stored(store), parsed.format, plain=plain)
    assert (done.tasks, done.lost > 0) == (len(store), plain)
    again = json.loads((tmp_path / name).read_text())
    assert again == json.loads((SAMPLES / name).read_text()) if plain else without(again)
    assert ("vespera" in (tmp_path / name).read_text()) is not plain


@pytest.mark.parametrize("plain", [False, True])
async def test_a_folder_says_the_same_again(tmp_path: Path, plain: bool) -> None:
    parsed = read_file(SAMPLES / "backlog")
    out = tmp_path / "backlog"
    (out / "tasks").mkdir(parents=True)
    shutil.copy(SAMPLES / "backlog" / "config.yml", out)
    store = as_stored([draft for _, draft in parsed.drafts])
    await write_path(out, stored(store), "backlog", plain=plain)
    names = sorted(str(p.relative_to(out)) for p in out.rglob("*.md"))
    old = SAMPLES / "backlog"
    assert names == sorted(str(p.relative_to(old)) for p in old.rglob("*.md"))
    for name in names:
        one, two = ((folder / name).read_text() for folder in (old, out))
        head, body = front_matter.split(one)
        head_again, body_again = front_matter.split(two)
        fields = front_matter.load(head_again)
        assert ("vespera" in fields) is not plain
        assert without(fields) == front_matter.load(head)
        assert body_again == body


async def test_real_issues_of_beads_say_the_same_again(tmp_path: Path, real_tasks: Path) -> None:
    store = as_stored([draft for _, draft in read_file(real_tasks).drafts])
    await write_path(tmp_path / "out", stored(store), "beads", plain=True)
    texts = [path.read_text() for path in (tmp_path / "out", real_tasks)]
    again, before = (
        {issue["id"]: issue for issue in map(json.loads, text.splitlines())} for text in texts
    )
    assert again == before


@pytest.mark.parametrize("sample", ["tasks.json", "taskwarrior.json", "backlog"])
@pytest.mark.parametrize("name", FORMATS)
async def test_a_store_from_elsewhere_survives_any_format(
    tmp_path: Path, sample: str, name: str
) -> None:
    store = as_stored([draft for _, draft in read_file(SAMPLES / sample).drafts])
    await write_path(tmp_path / "out", stored(store), name)
    found = drafts_of(tmp_path / "out", format=name)
    assert sorted(found) == [draft.id for draft in store]
    for draft in store:
        for field in (*EXACT, *TIMES, "links"):
            assert getattr(found[draft.id], field) == getattr(draft, field), field
