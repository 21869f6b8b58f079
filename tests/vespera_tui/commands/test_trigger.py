"""Operations that a person asks for, now or later."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.vespera_tui.commands.past import listed

if TYPE_CHECKING:
    from pathlib import Path


def test_trigger_takes_priority_delay_and_deadline(call: Any) -> None:
    before = time.time()
    words = ("--priority", "low", "--delay", "15m", "--deadline", "2h")
    assert call("trigger", "sync", *words).exit_code == 0
    (found,) = listed(call)
    assert (found["priority"], found["state"]) == (3, "scheduled")
    assert found["run_at"] - before == pytest.approx(900, abs=60)
    assert found["deadline"] - before == pytest.approx(7200, abs=60)


def test_a_deadline_may_be_a_date(call: Any) -> None:
    assert call("trigger", "optimize", "--deadline", "2099-01-01T00:00+00:00").exit_code == 0
    assert listed(call)[0]["deadline"] == 4_070_908_800


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--deadline", "2020-01-01"), "'2020-01-01' is not in the future"),
        (("--deadline", "0"), "'0' is not in the future"),
        (("--deadline", "soon"), "'soon' is not seconds like 90"),
        (("--deadline", "1m", "--delay", "1h"), "--deadline is before the --delay is over"),
        (("--delay", "nan"), "'nan' is not seconds like 90"),
        (("--delay", "-5"), "'-5' is not seconds like 90"),
        (("--priority", "4"), "'4' is not one of 'critical'"),
    ],
)
def test_a_time_that_makes_no_sense_is_refused(
    call: Any, data: Path, words: tuple[str, ...], message: str
) -> None:
    result = call("trigger", "sync", *words)
    assert result.exit_code == 2
    assert message in result.stderr
    assert not data.exists()
