from __future__ import annotations

from typing import TYPE_CHECKING

from engine.services.pace import WORTH_TELLING, Backlog, Pace
from engine.snapshots import Progress

if TYPE_CHECKING:
    from tests.conftest import FakeClock


def test_rate_and_time_left_come_from_what_was_done_since_it_was_made(clock: FakeClock) -> None:
    pace = Pace(clock, 100)
    assert pace.progress(100, 500, "rows") == Progress(100, 500, "rows")
    clock.advance(10.0)
    assert pace.progress(200, 500, "rows") == Progress(200, 500, "rows", 10.0, 30.0)


def test_a_backlog_is_told_from_when_much_waits_until_that_is_done() -> None:
    backlog = Backlog()
    assert backlog.progress(WORTH_TELLING - 1, 7, 1.0) is None
    assert backlog.progress(100, 7, 0.0) == Progress(0, 100, "operations")
    assert backlog.progress(60, 47, 4.0) == Progress(40, 100, "operations", 4.0, 15.0)
    assert backlog.progress(160, 47, 4.0) == Progress(40, 200, "operations", 4.0, 40.0)
    assert backlog.progress(1, 206, 4.0) == Progress(199, 200, "operations", 4.0, 0.25)
    assert backlog.progress(0, 207, 4.0) is None
    assert backlog.progress(3, 207, 4.0) is None
    assert backlog.progress(100, 210, 1.0) == Progress(0, 100, "operations", 1.0, 100.0)


def test_a_trickle_after_a_burst_is_no_backlog() -> None:
    backlog = Backlog()
    told = [backlog.progress(60, 0, 2.0)]
    waiting, ended = 60, 0
    for _ in range(60):  # two end while one comes
        waiting, ended = max(waiting - 1, 1), ended + 2
        told.append(backlog.progress(waiting, ended, 2.0))
    assert told[30] == Progress(60, 80, "operations", 2.0, 10.0)
    assert told[-1] is None
    shares = [each.done / each.total for each in told if each is not None]
    assert shares[-1] > 0.97


def test_a_backlog_that_is_cancelled_is_over() -> None:
    backlog = Backlog()
    assert backlog.progress(60, 0, 2.0) is not None
    assert backlog.progress(5, 10, 2.0) == Progress(10, 15, "operations", 2.0, 2.5)
    assert backlog.progress(0, 15, 2.0) is None
    assert backlog.progress(3, 15, 2.0) is None
