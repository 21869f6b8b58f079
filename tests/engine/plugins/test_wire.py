from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.operations import Cancelled, Completed, Failed, Snooze
from engine.plugins.wire import (
    MAX_OUTCOME,
    pack_operation,
    pack_outcomes,
    unpack_operation,
    unpack_outcomes,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=50)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=10,
)
OUTCOMES = st.lists(
    st.builds(Completed, st.dictionaries(TEXT, JSON, max_size=4))
    | st.builds(Failed, TEXT.filter(bool), TEXT, st.booleans())
    | st.builds(Snooze, st.floats(1, 1000), TEXT, TEXT)
    | st.builds(Cancelled, TEXT)
)


@given(OUTCOMES)
def test_outcomes_go_there_and_back(outcomes) -> None:
    count = len(outcomes)
    assert list(unpack_outcomes(pack_outcomes(outcomes, count), count)) == outcomes


def test_an_operation_goes_there_and_back(operations) -> None:
    (operation,) = operations("ä\ud800", number=2**80, text="\0")
    assert unpack_operation(pack_operation(operation)) == operation


@pytest.mark.parametrize(
    ("returned", "told"),
    [
        (None, "returned NoneType, not a list"),
        ([], "0 outcomes for 1 operations"),
        ([Completed()] * 2, "2 outcomes for 1 operations"),
        ([True], "returned bool; an outcome is one of Completed, Failed, Snooze, Cancelled"),
        ([Completed({"at": float("nan")})], "not JSON compliant"),
        ([Completed({"what": object()})], "not JSON serializable"),
        ([Completed({"text": "x" * MAX_OUTCOME})], "100,000 are allowed"),
    ],
)
def test_nonsense_is_not_sent(returned, told) -> None:
    with pytest.raises((TypeError, ValueError), match=told):
        pack_outcomes(returned, 1)


@pytest.mark.parametrize(
    "sent",
    [
        None,
        [],
        [1],
        ["{"],
        ["x" * (MAX_OUTCOME + 1)],
        [json.dumps({"outcome": "completed"})],
        [json.dumps({"outcome": "completed", "evidence": []})],
        [json.dumps({"outcome": "completed", "evidence": {"text": "\ud800"}})],
        [json.dumps({"outcome": "done", "evidence": {}})],
        [json.dumps({"outcome": "cancelled", "reason": 1})],
        [json.dumps({"outcome": "snooze", "seconds": -1, "reason": "", "dependency": ""})],
        ['{"outcome": "snooze", "seconds": NaN, "reason": "", "dependency": ""}'],
        ["[" * 10_000],
    ],
)
def test_nonsense_is_not_believed(sent) -> None:
    with pytest.raises(ValueError, match="outcome"):
        unpack_outcomes(sent, 1)


def test_a_snooze_is_never_a_busy_loop() -> None:
    assert unpack_outcomes(pack_outcomes([Snooze(0, "now")], 1), 1) == [Snooze(1.0, "now")]
