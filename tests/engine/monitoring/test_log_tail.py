from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InvalidInputError
from engine.monitoring import log_tail
from engine.monitoring.log_file import log_path
from engine.monitoring.log_tail import LogQuery, LogTail, parse

if TYPE_CHECKING:
    from pathlib import Path


def written(folder: Path, *entries: dict[str, object] | str) -> LogTail:
    path = log_path(folder)
    path.parent.mkdir(parents=True)
    lines = [each if isinstance(each, str) else json.dumps(each) for each in entries]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return LogTail(path)


def events(tail: LogTail, **query: object) -> list[str]:
    return [line.event for line in tail.read(LogQuery(**query)).lines]  # type: ignore[arg-type]


SOME = (
    {"event": "one", "level": "debug", "subject": "auto_embedding"},
    {"event": "two", "level": "info", "actor": "ada", "message": "Disk is full"},
    {"event": "three", "level": "error", "logger": "engine.x", "exception": "Traceback: boom"},
    {"event": "four", "level": "warning", "service": "auto_embedding", "n": 3},
)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, "one two three four"),
        ({"level": "warning"}, "three four"),
        ({"level": "critical"}, ""),
        ({"service": "auto_embedding"}, "one four"),
        ({"service": "ada"}, "two"),
        ({"text": "disk IS"}, "two"),
        ({"text": "boom"}, "three"),
        ({"limit": 2}, "three four"),
        ({"level": "warning", "service": "auto_embedding", "text": "n=3"}, "four"),
    ],
)
def test_which_lines(tmp_path: Path, query: dict[str, object], expected: str) -> None:
    assert events(written(tmp_path, *SOME), **query) == expected.split()


def test_a_line_says_all_there_is(tmp_path: Path) -> None:
    line = written(tmp_path, *SOME).read(LogQuery(level="error")).lines[0]
    assert (line.level, line.logger, line.exception) == ("error", "engine.x", "Traceback: boom")
    (four,) = written(tmp_path / "b", SOME[3]).read(LogQuery()).lines
    assert four.fields == "service=auto_embedding n=3"


def test_new_lines_are_found_and_an_unchanged_file_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tail = written(tmp_path, *SOME)
    first = tail.read(LogQuery())
    with monkeypatch.context() as patched:
        patched.setattr(log_tail, "parse", None)
        assert tail.read(LogQuery()) is first
    with log_path(tmp_path).open("a") as file:
        file.write('{"event": "five"}\n')
    assert events(tail)[-1] == "five"


def test_lines_across_blocks_and_what_is_no_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_tail, "BLOCK", 7)
    tail = written(tmp_path, *SOME, "no json [/x]", '["a list"]')
    assert events(tail) == ["one", "two", "three", "four", "no json [/x]", '["a list"]']
    positions = [line.position for line in tail.read(LogQuery()).lines]
    text = log_path(tmp_path).read_bytes()
    assert [text[at : text.index(b"\n", at)] for at in positions] == text.splitlines()


def test_a_long_file_is_looked_through_only_so_far(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_tail, "BLOCK", 100)
    monkeypatch.setattr(log_tail, "MOST_BYTES", 1_000)
    tail = written(tmp_path, *({"event": str(number)} for number in range(500)))
    page = tail.read(LogQuery(text="nowhere"))
    assert page.lines == ()
    assert not page.complete
    assert tail.read(LogQuery(limit=3)).complete


def test_no_file_is_no_error(tmp_path: Path) -> None:
    page = LogTail(log_path(tmp_path)).read(LogQuery())
    assert (page.lines, page.size) == ((), 0)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (LogQuery(level="loud"), "level: 'loud' is not one of debug, info"),
        (LogQuery(limit=0), "limit: 0 is not from 1 to 2,000"),
    ],
)
def test_what_can_not_be_asked_is_refused(tmp_path: Path, query: LogQuery, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        LogTail(tmp_path / "x").read(query)


@given(st.binary())
def test_any_line_is_parsed(raw: bytes) -> None:
    assert parse(3, raw).position == 3
