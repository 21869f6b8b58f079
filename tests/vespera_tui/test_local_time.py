from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from engine.operations import ServicePriority
from engine.snapshots import OperationView
from vespera_tui.local_time import clock, clock_of, iso
from vespera_tui.operation_life import life_of

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = 1_800_000_000.0  # 15 January 2027, 08:00 UTC
HOUR = 3_600.0


@pytest.fixture
def west(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine five hours behind UTC."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "WEST5")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("west")
def test_times_are_those_of_the_machine_with_the_day_where_it_is_another() -> None:
    assert clock(NOW - 60, NOW) == "02:59:00"
    assert clock(NOW - 4 * HOUR, NOW) == "Jan 14 23:00:00"
    assert clock(NOW - 400 * 24 * HOUR, NOW) == "2025 Dec 11 03:00:00"
    assert iso(NOW) == "2027-01-15T03:00:00-05:00"
    assert iso(None) == ""


@pytest.mark.usefixtures("west")
def test_the_life_of_an_operation_is_told_in_local_time() -> None:
    view = OperationView(
        1, "auto_embedding", "embed_task", "t", "completed", ServicePriority.NORMAL, 0, 4,
        NOW, NOW - 4 * HOUR, finished_at=NOW - 60, claimed_at=NOW - 61,
    )  # fmt: skip
    lines = ["".join(text for text, _ in line) for line in life_of(view, NOW)]
    assert "Jan 14 23:00:00         + asked for" in lines
    assert any(line.startswith("       02:59:00 ") for line in lines)


@pytest.mark.usefixtures("west")
@pytest.mark.parametrize(
    ("at", "shown"),
    [
        ("2027-01-15T07:59:00.1Z", "02:59:00"),
        ("2027-01-15T07:59:00+03:00", "Jan 14 23:59:00"),
        ("yesterday evening", "yesterda"),
        ("", ""),
        ("0001-01-01T00:00:00Z", "0001-01-"),
    ],
)
def test_times_as_the_log_has_them_are_told_in_local_time(at: str, shown: str) -> None:
    assert clock_of(at, NOW) == shown
