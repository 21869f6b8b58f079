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
        ("zzz:x", "there are service, state, target"),
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
