from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InvalidInputError
from engine.operations import OperationFilter
from vespera_tui.filters import operation_filter, read_words

SERVICES = ("auto_embedding", "cycle_detection", "incremental_sync", "plugin_sync")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", OperationFilter()),
        (
            "service:embedding state:failed",
            OperationFilter(service="auto_embedding", state="failed"),
        ),
        ("target:bd-* disk full", OperationFilter(target="bd-*", text="disk full")),
        ('target:"a b" by:ada', OperationFilter(target="a b", origin="ada")),
        ("kind:embed_task state:", OperationFilter(kind="embed_task")),
        ('an open "quote', OperationFilter(text='an open "quote')),
        ("state:sched", OperationFilter(state="scheduled")),
        ('"kuzu: no answer"', OperationFilter(text="kuzu: no answer")),
        ("KeyError: x", OperationFilter(text="KeyError: x")),
        ("http://x:80/y state:failed", OperationFilter(state="failed", text="http://x:80/y")),
        ('"servce:x" "state:failed"', OperationFilter(text="servce:x state:failed")),
        ("'title: a' title:b", OperationFilter(text="title: a title:b")),
        ("don't state:failed can't", OperationFilter(state="failed", text="don't can't")),
        ("State:failed kind:'a b'", OperationFilter(state="failed", kind="a b")),
        ("C:\\x a\\b", OperationFilter(text="C:\\x a\\b")),
        ("disk ta", OperationFilter(text="disk")),  # a name may become of it
        ('""', OperationFilter()),
        ("#2228", OperationFilter(ids=(2228,))),
        ("#2228, #7 state:failed", OperationFilter(ids=(2228, 7), state="failed")),
        ("#2228 x", OperationFilter(text="#2228 x")),
        ("#9999999999999999999", OperationFilter(text="#9999999999999999999")),
        ('disk "ta"', OperationFilter(text="disk ta")),
        ("state:FAILED service:Embed", OperationFilter(service="auto_embedding", state="failed")),
    ],
)
def test_words_are_understood(line: str, expected: OperationFilter) -> None:
    assert operation_filter(line, SERVICES) == expected


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("state:bad", "state: 'bad' is not one of scheduled"),
        ("state:fialed", "failed, cancelled; did you mean failed?"),
        ("service:sync", "service: 'sync' is not one of incremental_sync, plugin_sync"),
        ("servce:x", "servce: is no word of this filter; did you mean service:?"),
        ("stat:x", "stat: is no word of this filter; did you mean state:?"),
        ("state:failed serv:sync", "did you mean service:? In quotes it is searched for"),
        ("state:failed state:running", "state: stands twice"),
    ],
)
def test_what_is_wrong_is_named(line: str, words: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        operation_filter(line, SERVICES)
    assert words in str(caught.value)


@given(st.text())
def test_any_line_is_read_or_refused(line: str) -> None:
    try:
        found = read_words(line, ("state",))
    except InvalidInputError:
        return
    assert set(found) <= {"", "state"}
