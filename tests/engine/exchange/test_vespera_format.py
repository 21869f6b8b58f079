"""The native format, read and written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ImportFormatError, InvalidInputError
from engine.exchange.format import read_file
from engine.exchange.lines import parse_object
from engine.exchange.vespera import read_object, write_line
from engine.tasks import Link, Task

if TYPE_CHECKING:
    from pathlib import Path


def write(path: Path, *lines: str | bytes | dict[str, object]) -> Path:
    encoded = (
        line
        if isinstance(line, bytes)
        else (line if isinstance(line, str) else json.dumps(line)).encode()
        for line in lines
    )
    path.write_bytes(b"\n".join(encoded) + b"\n")
    return path


def test_only_the_title_is_required(tmp_path: Path) -> None:
    parsed = read_file(write(tmp_path / "a.jsonl", {"title": "Paint the mast"}))
    ((line, draft),) = parsed.drafts
    assert (parsed.format, parsed.errors, line) == ("vespera", (), 1)
    assert (draft.title, draft.status, draft.priority) == ("Paint the mast", "open", 2)
    assert draft.id.startswith("t-")
    assert len(draft.id) == 10


def test_all_fields_arrive(tmp_path: Path) -> None:
    line = {
        "id": "x-1",
        "title": "T",
        "description": "D\u2028E",
        "status": "in_progress",
        "priority": 0,
        "project": "P",
        "parent": "x-0",
        "tags": ["a", "b", "a"],
        "assignee": "ada",
        "depends_on": ["x-2", "x-3"],
        "created_at": "2026-01-31T12:00:00Z",
        "updated_at": 1769860801.5,
        "closed_at": None,
        "links": [{"target": "x-2", "kind": "blocks", "created_by": "bob"}],
        "extra": {"points": 3},
    }
    text = json.dumps(line, ensure_ascii=False)
    ((_, draft),) = read_file(write(tmp_path / "a.jsonl", text)).drafts
    assert (draft.created_at, draft.updated_at) == (1769860800.0, 1769860801.5)
    assert (draft.depends_on, draft.parent, draft.tags) == (("x-3",), "x-0", ("a", "b"))
    assert draft.links == (Link("", "x-2", "blocks", created_by="bob"),)
    assert draft.extra == {"points": 3}
    assert draft.description == "D\u2028E"


def test_byte_order_mark_blank_lines_and_crlf_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"title": "a"}\r\n\r\n  \r\n{"title": "b"}')
    parsed = read_file(path)
    assert [(line, draft.title) for line, draft in parsed.drafts] == [(1, "a"), (4, "b")]
    assert not parsed.errors


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("{", "not JSON"),
        ("[1]", "expected a JSON object, found a list"),
        ("[" * 100_000, "nested too deeply"),
        ('{"title": "x", "priority": ' + "9" * 5000 + "}", "not readable"),
        (b'{"title": "\xff"}', "not UTF-8"),
        ('{"title": "x", "extra": {"a": NaN}}', "NaN is no number"),
        ('{"title": "x", "extra": {"a": 1e999}}', "extra.a: number too large"),
        ('{"title": "x", "title": "y"}', "title: given twice"),
        ('{"titel": "x"}', "'titel': unknown field; did you mean title?"),
        ('{"title": "x", "zzzz": 1}', "unknown field; there are id, title"),
        ('{"id": "a"}', "title: missing"),
        ('{"title": 7}', "title: expected text"),
        ('{"title": " "}', "title: must not be empty"),
        ('{"title": "a\\u0000b"}', "NUL at character 2"),
        ('{"title": "x", "extra": {"a": ["\\ud800"]}}', "a lone surrogate at character 1"),
        ('{"title": "x", "extra": 1}', "extra: expected an object, found a number"),
        ('{"title": "x", "priority": true}', "whole number from 0 to 4"),
        ('{"title": "x", "status": "done"}', "'done' is not one of open"),
        ('{"title": "x", "depends_on": "y"}', "depends_on: expected a list of ids, found text"),
        ('{"title": "x", "links": [1]}', "links: expected objects in it"),
        ('{"title": "x", "links": [{"target": "y", "knd": "z"}]}', "did you mean kind?"),
        ('{"title": "x", "created_at": "soon"}', "created_at: 'soon' is no ISO 8601 time"),
        ('{"title": "x", "created_at": true}', "found a truth value"),
        ('{"title": "x", "created_at": 1' + "0" * 400 + "}", "outside the years"),
        ('{"title": "x", "created_at": -1}', "outside the years 1970 to 9999"),
        ('{"title": "x", "id": "a b"}', "white space or control characters"),
        ('{"title": "x", "id": "first"}', "id: 'first' is already that of line 1"),
    ],
)
def test_a_bad_line_is_named_and_the_rest_goes_in(
    tmp_path: Path, bad: str | bytes, message: str
) -> None:
    first, last = {"id": "first", "title": "a"}, {"id": "last", "title": "b"}
    parsed = read_file(write(tmp_path / "a.jsonl", first, bad, last))
    assert [(line, draft.id) for line, draft in parsed.drafts] == [(1, "first"), (3, "last")]
    ((line, found),) = parsed.errors
    assert line == 2
    assert message in found
    assert "\n" not in found


def test_lines_without_id_get_the_same_ids_each_time(tmp_path: Path) -> None:
    lines = [{"title": "a"}, {"title": "a"}, {"title": "a", "project": "p"}, {"title": "b"}]
    first = read_file(write(tmp_path / "a.jsonl", *lines))
    again = read_file(write(tmp_path / "b.jsonl", *lines))
    ids = [draft.id for _, draft in first.drafts]
    assert len(set(ids)) == 4
    assert ids == [draft.id for _, draft in again.drafts]
    moved = read_file(write(tmp_path / "c.jsonl", lines[3], *lines[:3]))
    assert {draft.id for _, draft in moved.drafts} == set(ids)


def test_a_derived_id_avoids_ids_that_the_file_gives(tmp_path: Path) -> None:
    ((_, draft),) = read_file(write(tmp_path / "a.jsonl", {"title": "a"})).drafts
    clash = write(tmp_path / "b.jsonl", {"title": "a"}, {"title": "z", "id": draft.id})
    parsed = read_file(clash)
    assert not parsed.errors
    assert len({draft.id for _, draft in parsed.drafts}) == 2


def test_a_file_that_is_no_json_lines_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportFormatError, match=r"no file of JSON objects.*line 1: not JSON"):
        read_file(write(tmp_path / "a.txt", "hello", "world"))
    with pytest.raises(ImportFormatError, match="No such file"):
        read_file(tmp_path / "none.jsonl")
    with pytest.raises(ImportFormatError, match="directory"):
        read_file(tmp_path)
    with pytest.raises(InvalidInputError, match="not one of auto, vespera, beads"):
        read_file(tmp_path, "csv")


def test_an_empty_file_is_an_empty_import(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").touch()
    parsed = read_file(tmp_path / "a.jsonl")
    assert (parsed.format, parsed.drafts, parsed.errors) == ("vespera", (), ())


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)
IDS = st.text("abc123", min_size=1, max_size=6)
TIMES = st.floats(0, 4e9)
LINKS = st.builds(
    Link,
    task_id=st.just(""),
    target_id=IDS,
    kind=st.sampled_from(["blocks", "parent-child", "tracks"]),
    created_at=TIMES,
    created_by=TEXT,
)


@given(
    task=st.builds(
        Task,
        id=IDS,
        title=TEXT.filter(str.strip),
        description=TEXT,
        priority=st.integers(0, 4),
        project=TEXT,
        assignee=TEXT,
        tags=st.lists(TEXT.filter(str.strip), unique=True, max_size=3).map(tuple),
        created_at=TIMES,
        updated_at=TIMES,
        closed_at=st.none() | TIMES,
        extra=st.dictionaries(TEXT, st.integers() | TEXT | st.lists(st.booleans()), max_size=2),
    ),
    links=st.lists(LINKS, max_size=4, unique_by=lambda link: (link.target_id, link.kind)),
)
def test_what_is_written_is_read_back_without_loss(task: Task, links: list[Link]) -> None:
    line = write_line(task, links)
    assert line.count("\n") == 1
    draft = read_object(parse_object(line.encode()))
    for name in (
        *("id", "title", "description", "status", "priority", "project", "assignee", "tags"),
        *("created_at", "updated_at", "closed_at", "extra"),
    ):
        assert getattr(draft, name) == getattr(task, name), name
    assert list(draft.links) == links
    assert draft.depends_on == ()


def test_the_first_parent_stays_the_first() -> None:
    task = Task(id="a", title="A", parent="p2")
    links = [Link("a", "p1", "parent-child"), Link("a", "p2", "parent-child")]
    draft = read_object(json.loads(write_line(task, links)))
    assert [link.target_id for link in draft.links] == ["p2", "p1"]
    assert draft.parent == ""
