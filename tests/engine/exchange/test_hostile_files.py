"""Files that are broken, unclear or meant to harm: told clearly, and the rest goes in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ImportFormatError, InvalidInputError
from engine.exchange import front_matter
from engine.exchange.backlog import file_name
from engine.exchange.export import write_path
from engine.exchange.format import read_file
from engine.tasks import TaskDraft
from tests.engine.exchange.strategies import JSON, TEXT
from tests.engine.exchange.test_foreign_files import SAMPLES
from tests.engine.exchange.test_round_trip import stored

if TYPE_CHECKING:
    from pathlib import Path

GOOD = "---\nid: task-1\ntitle: Good\n---\n"


def backlog(path: Path, **files: str | bytes) -> Path:
    folder = path / "backlog" / "tasks"
    folder.mkdir(parents=True)
    for name, text in {"good": GOOD, **files}.items():
        data = text if isinstance(text, bytes) else text.encode()
        (folder / f"{name}.md").write_bytes(data)
    return path / "backlog"


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ('{"name": "x", "version": 1}', "objects with 'name', 'version'"),
        ('[{"a": 1}]', "objects with 'a'"),
        ("[1, 2]", "an array without a task in it"),
        ('{"a": 1}\n{"b": 2}', "objects with 'a', 'b'"),
    ],
)
def test_an_unclear_file_is_refused_with_what_was_seen(
    tmp_path: Path, text: str, seen: str
) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(ImportFormatError) as caught:
        read_file(path)
    assert seen in str(caught.value)
    assert "vespera, beads, taskmaster, taskwarrior, backlog" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{\n "master": {"tasks": [\n  {"id": 1,}\n', "in line 3 at character"),
        ("[" * 100_000, "nested too deeply"),
        ('{"tasks": [], "meta": "\\ud800"}', "a lone surrogate"),
        ("", None),
    ],
)
def test_a_broken_document_is_told_with_its_line(
    tmp_path: Path, text: str, message: str | None
) -> None:
    path = tmp_path / "tasks.json"
    path.write_text(text)
    if message is None:
        assert read_file(path).drafts == ()
        return
    with pytest.raises(InvalidInputError, match=message):
        read_file(path)


BAD_TASKS: list[tuple[Any, str]] = [
    (5, "expected a task, found a number"),
    ({"id": 2}, "title: missing"),
    ({"title": "x"}, "id: 'None' is no number of a task"),
    ({"id": 1.5, "title": "x"}, 'id: 1.5 needs quotes, like "1.2"'),
    ({"id": 1, "title": "x"}, "id: 'master:1' is already that of task master:1"),
    ({"id": 2, "title": "x", "priority": 1}, "priority: 1 is not one of critical, high"),
    ({"id": 2, "title": "x", "dependencies": "1"}, "dependencies: expected a list of numbers"),
    ({"id": 2, "title": "x", "dependencies": [{}]}, "dependencies: '{}' is no number"),
    ({"id": 2, "title": "x", "subtasks": {"a": 1}}, "subtasks: expected a list of tasks"),
    ({"id": 2, "title": "x", "note": "\0"}, "note: NUL at character 1"),
    ({"id": 2, "title": "x", "metadata": {"vespera": 5}}, "vespera: expected an object"),
    ({"id": 2, "title": "x", "metadata": {"vespera": {"tags": 5}}}, "vespera: tags: expected"),
    ({"id": 2, "title": "x", "metadata": {"vespera": {"links": [{}]}}}, "links: target"),
]


@pytest.mark.parametrize(("bad", "message"), BAD_TASKS)
def test_one_bad_task_leaves_the_others(tmp_path: Path, bad: Any, message: str) -> None:
    path = tmp_path / "tasks.json"
    tasks = [{"id": 1, "title": "first"}, bad, {"id": 3, "title": "last"}]
    path.write_text(json.dumps({"tasks": tasks}))
    parsed = read_file(path)
    assert {"first", "last"} <= {draft.title for _, draft in parsed.drafts}
    ((number, found),) = parsed.errors
    assert message in found
    assert parsed.place("f", number).startswith("f: ta")


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("title: x\n", "no front matter"),
        ("---\ntitle: x\n", "no second line of ---"),
        ("---\ntitle: [\n---\n", "not YAML:"),
        ("---\n- a\n---\n", "expected fields, found a list"),
        ("---\na: &x [1]\nb: [*x, *x]\n---\n", r"an alias \(\*\) in line"),
        ("---\nx: !!python/object/apply:os.system ['true']\n---\n", "the tag"),
        ("---\nx: !!binary aGk=\n---\n", "the tag"),
        ("---\nid: task-2\nid: task-3\n---\n", "id: given twice"),
        ("---\n? [a]\n: b\n---\n", "a name of a field that is no text"),
        ("---\nx: " + "[" * 200 + "]" * 200 + "\n---\n", "nested too deeply"),
        ("---\nx: " + "[" * 50_000 + "\n---\n", "nested too deeply"),
        ("---\nid: task-2\ntitle: x\nstatus: Odd\n---\n", "status: 'Odd' is not one of"),
        ("---\nid: task-2\ntitle: [x]\n---\n", "title: expected text, found a list"),
        ("---\ntitle: x\n---\n", "id: must not be empty"),
        ("---\nid: TASK-1\ntitle: x\ncreated_date: soon\n---\n", "created_date: 'soon' is no"),
        (b"---\ntitle: \xff\n---\n", "not UTF-8 at byte 12"),
        ("x" * 5_000_001, "more than 5,000,000 bytes"),
    ],
)
def test_one_bad_file_leaves_the_others(tmp_path: Path, bad: str | bytes, message: str) -> None:
    folder = backlog(tmp_path, bad=bad)
    parsed = read_file(folder)
    assert [draft.title for _, draft in parsed.drafts] == ["Good"]
    ((number, found),) = parsed.errors
    with pytest.raises(AssertionError, match=message):
        raise AssertionError(found)
    assert parsed.place(str(folder), number) == f"{folder}/tasks/bad.md"


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    folder = backlog(tmp_path)
    (tmp_path / "secret.md").write_text(GOOD.replace("task-1", "task-2"))
    (folder / "tasks" / "link.md").symlink_to(tmp_path / "secret.md")
    (folder / "drafts").symlink_to(tmp_path)
    (folder / "tasks" / "inside.md").symlink_to(folder / "tasks" / "none.md")
    parsed = read_file(folder)
    assert [draft.id for _, draft in parsed.drafts] == ["task-1"]
    assert sorted(message for _, message in parsed.errors) == [
        *["a symbolic link that leaves the folder; it was not followed"] * 2,
        "no plain file",
    ]


async def test_an_export_does_not_leave_the_folder(tmp_path: Path) -> None:
    folder = backlog(tmp_path)
    outside = tmp_path / "outside"
    outside.mkdir()
    (folder / "archive").symlink_to(outside)
    evil = {"backlog": {"~file": "../../task-2 - x.md", "#folder": "../.."}}
    drafts = [
        TaskDraft("../../etc/passwd\n", id="task-2", extra=evil),
        TaskDraft("x", id="task-3", status="cancelled"),
    ]
    with pytest.raises(InvalidInputError, match="leaves the folder by a symbolic link"):
        await write_path(folder, stored(drafts), "backlog")
    await write_path(tmp_path / "new", stored(drafts), "backlog")
    files = sorted(str(p.relative_to(tmp_path / "new")) for p in (tmp_path / "new").rglob("*.md"))
    assert files == ["archive/tasks/task-2 - x.md", "tasks/task-1 - etc-passwd.md"]
    assert list(outside.iterdir()) == []


@given(natural=TEXT, title=TEXT)
def test_any_title_makes_a_harmless_file_name(natural: str, title: str) -> None:
    name = file_name(natural, title)
    assert name.endswith(".md")
    assert not {"/", "\\", "\0", "\n", ":"} & set(name)
    assert not name.startswith(".")
    assert name.isprintable()
    assert len(file_name("task-1", title).encode()) < 120


@pytest.mark.parametrize("sample", ["bom", "crlf"])
def test_marks_and_line_ends_of_other_systems_are_fine(tmp_path: Path, sample: str) -> None:
    text = "---\nid: task-9\ntitle: X\n---\n\n## Description\n\nA\nB\n"
    data = (
        b"\xef\xbb\xbf" + text.encode() if sample == "bom" else text.replace("\n", "\r\n").encode()
    )
    parsed = read_file(backlog(tmp_path, x=data))
    assert {draft.id: draft.description for _, draft in parsed.drafts}["task-9"] == "A\nB"
    for name, tasks in (("a", {"tasks": [{"id": 1, "title": "X"}]}), ("b", [])):
        (tmp_path / name).write_bytes(b"\xef\xbb\xbf" + json.dumps(tasks, indent=1).encode())
        assert not read_file(tmp_path / name).errors


@given(fields=st.dictionaries(TEXT, JSON | TEXT, max_size=4))
def test_front_matter_is_read_back_as_written(fields: dict[str, Any]) -> None:
    text = front_matter.dump(fields)
    assert "\n---" not in f"\n{text}"
    assert front_matter.load(text) == fields if fields else True


@given(data=st.binary(max_size=200) | TEXT.map(str.encode))
def test_no_text_breaks_the_reader_of_front_matter(data: bytes) -> None:
    text = data.decode(errors="replace").replace("\0", "")
    try:
        front_matter.load(text)
    except InvalidInputError as error:
        assert "\n" not in str(error)  # noqa: PT017 - it is one of two good outcomes


def test_json_lines_of_taskwarrior_are_read_as_its_array(tmp_path: Path) -> None:
    task = {"uuid": "0f6b5a3c-56c1-4c2a-9a08-1d3a8e3f7c01", "description": "a", "status": "pending"}
    other = task | {"uuid": "0f6b5a3c-56c1-4c2a-9a08-1d3a8e3f7c02"}
    path = tmp_path / "export"
    path.write_text(f"{json.dumps(task)},\n{json.dumps(other)}\n")
    parsed = read_file(path)
    assert (parsed.format, len(parsed.drafts), parsed.errors) == ("taskwarrior", 2, ())
    path.write_text(json.dumps(task))
    assert len(read_file(path).drafts) == 1
    with pytest.raises(InvalidInputError, match="is a file; a backlog is a folder"):
        read_file(path, "backlog")
    with pytest.raises(InvalidInputError, match="no object with tasks"):
        read_file(path, "taskmaster")


@pytest.mark.parametrize("size", [0.2, 0.5, 0.9, 0.99])
def test_a_half_written_file_is_no_other_format(tmp_path: Path, size: float) -> None:
    text = (SAMPLES / "tasks.json").read_text()
    (tmp_path / "tasks.json").write_text(text[: int(size * len(text))])
    with pytest.raises(ImportFormatError, match="not JSON"):
        read_file(tmp_path / "tasks.json")


def test_a_record_of_an_array_has_no_line(tmp_path: Path) -> None:
    path = tmp_path / "tasks.json"
    path.write_text(
        json.dumps([{"id": "a", "title": "x\ny"}, 5, {"id": "a", "title": "z"}], indent=2)
    )
    parsed = read_file(path)
    places = [parsed.place("tasks.json", number) for number, _ in parsed.errors]
    assert places == ["tasks.json: record 2", "tasks.json: record 3"]
    assert parsed.errors[1][1] == "id: 'a' is already that of record 1"
    assert [parsed.where(number) for number, _ in parsed.drafts] == ["record 1"]
