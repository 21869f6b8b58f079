"""An operation's life in words."""

from __future__ import annotations

import pytest

from engine.operations import ServicePriority
from engine.snapshots import OperationView
from vespera_tui.operation_life import life_of


@pytest.mark.parametrize("reason", ["no quiet moment yet", "paused by ada", "kuzu: it is shut"])
def test_what_it_waits_for_is_told_once_and_in_the_same_words(reason: str) -> None:
    view = OperationView(
        1, "index_optimization", "optimize_indices", "sqlite", "scheduled",
        ServicePriority.LOW, 0, 4, 90.0, 10.0, waiting_for=reason, detail=f"waits: {reason}",
    )  # fmt: skip
    lines = ["".join(text for text, _ in line) for line in life_of(view, 50.0)]
    told = [line for line in lines if "waits" in line]
    assert told[0].count("waits") == 1
    assert f"◌ waits: {reason}" in told[0]
    assert told[1:] == [f"waits: {reason}"]
