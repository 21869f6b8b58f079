from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vespera_tui.filter_completion import completed

WORDS = {
    "service": ("auto_embedding", "plugin_sync"),
    "state": ("failed",),
    "project": ("my boat",),
}


@pytest.mark.parametrize(
    ("line", "whole"),
    [
        ("", ""),
        ("s", "service:"),
        ("disk St", "disk State:"),
        ("state", "state:"),
        ("state:", "state:failed"),
        ("service:p", "service:plugin_sync"),
        ("State:FA", "State:FAiled"),
        ("state:failed", ""),
        ("state:failed ", ""),
        ("state:x", ""),
        ("colour:", ""),
        ("project:m", ""),  # it has a space, so quotes are needed
        ('project:"m', 'project:"my boat"'),
        ('project:"my boat', 'project:"my boat"'),
        ('"quoted st', ""),
        ("x-st", ""),
    ],
)
def test_the_last_word_is_completed(line: str, whole: str) -> None:
    assert completed(line, WORDS) == whole


@given(st.text())
def test_whatever_is_typed_stays(line: str) -> None:
    assert completed(line, WORDS).startswith(line) or not completed(line, WORDS)
