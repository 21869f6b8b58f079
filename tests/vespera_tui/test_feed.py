"""The feed: one snapshot a beat, with the answer to the question of the screen that is shown."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from engine.errors import StoreUnavailableError
from engine.host import open_engine
from engine.service_config import ServiceConfiguration
from tests.vespera_tui.noting import NotingEngine
from vespera_tui import asking
from vespera_tui.asking import PATIENCE
from vespera_tui.feed import EngineFeed
from widgets.engine_header import EngineHeader

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import FakeClock
    from vespera_tui.snapshot import DashboardSnapshot

TOOK = 0.5


@dataclass(frozen=True)
class Asked:
    """Notes each time it is asked, takes ``TOOK`` seconds, and may fail."""

    name: str
    clock: Any = field(compare=False)
    times: list[float] = field(default_factory=list, compare=False)
    errors: list[Exception] = field(default_factory=list, compare=False)

    async def ask(self, engine: Any, now: float) -> object:  # noqa: ARG002 - a Question
        self.times.append(now)
        self.clock.advance(TOOK)
        if self.errors:
            raise self.errors.pop()
        return f"{self.name} {len(self.times)}"


class Stage:
    """Holds the present question and what was published."""

    def __init__(self, clock: FakeClock) -> None:
        self.question: Any = None
        self.shown: list[DashboardSnapshot] = []
        self.feed = EngineFeed(
            NotingEngine(), self.shown.append, wanted=lambda: self.question, clock=clock
        )


@pytest.fixture
def stage(clock: FakeClock) -> Stage:
    return Stage(clock)


async def test_the_question_of_the_screen_is_answered(stage: Stage, clock: FakeClock) -> None:
    assert (await stage.feed.poll()).answer is None
    stage.question = Asked("a", clock)
    found = await stage.feed.poll()
    assert (found.question, found.answer) == (stage.question, "a 1")
    assert stage.shown[-1] is found


async def test_a_slow_answer_is_asked_for_again_only_after_a_while(
    stage: Stage, clock: FakeClock
) -> None:
    stage.question = question = Asked("a", clock)
    await stage.feed.poll()
    clock.advance(PATIENCE * TOOK - 1)
    assert (await stage.feed.poll()).answer == "a 1"
    clock.advance(1)
    assert (await stage.feed.poll()).answer == "a 2"
    assert len(question.times) == 2


async def test_another_question_or_a_wish_is_answered_at_once(
    stage: Stage, clock: FakeClock
) -> None:
    stage.question = Asked("a", clock)
    await stage.feed.poll()
    stage.feed.ask()
    assert (await stage.feed.poll()).answer == "a 2"
    stage.question = Asked("b", clock)
    assert (await stage.feed.poll()).answer == "b 1"


async def test_an_error_is_told_beside_the_last_answer(stage: Stage, clock: FakeClock) -> None:
    stage.question = question = Asked("a", clock)
    await stage.feed.poll()
    question.errors.append(StoreUnavailableError("sqlite", "gone"))
    stage.feed.ask()
    found = await stage.feed.poll()
    assert (found.answer, found.answer_problem) == ("a 1", "sqlite: gone")
    stage.feed.ask()
    found = await stage.feed.poll()
    assert (found.answer, found.answer_problem) == ("a 3", "")


async def test_what_is_shown_says_how_old_it_is_while_nothing_can_be_read(
    stage: Stage, clock: FakeClock
) -> None:
    engine: Any = stage.feed._engine
    engine.errors["status"] = StoreUnavailableError("sqlite", "gone")
    first = await stage.feed.poll()
    assert (first.engine.problem, first.engine.stale_seconds) == ("sqlite: gone", None)
    engine.errors.clear()
    good = await stage.feed.poll()
    assert (good.engine.problem, good.engine.stale_seconds) == ("", None)
    engine.errors["status"] = StoreUnavailableError("sqlite", "gone")
    for seconds in (0.5, 150.0):
        clock.advance(seconds)
        found = await stage.feed.poll()
    assert (found.operations, found.engine.stale_seconds) == (good.operations, 150.5)
    (_, line) = EngineHeader(found.engine).paint(found.engine, 80, 2)
    assert line.plain == "▲ not up to date for 2m: sqlite: gone"
    engine.errors.clear()
    assert (await stage.feed.poll()).engine.stale_seconds is None


async def test_the_answer_to_another_question_is_not_kept(stage: Stage, clock: FakeClock) -> None:
    stage.question = Asked("a", clock)
    await stage.feed.poll()
    stage.question = Asked("b", clock, errors=[StoreUnavailableError("sqlite", "gone")])
    found = await stage.feed.poll()
    assert (found.answer, found.answer_problem) == (None, "sqlite: gone")


async def test_another_profile_changes_the_pace_while_it_runs(tmp_path: Path) -> None:
    config = ServiceConfiguration(data_dir=tmp_path)
    async with open_engine(config, services=False) as engine:
        feed = EngineFeed(engine, lambda _: None, refresh_per_second=5.0)
        await feed.poll()
        assert feed.pause == 0.2  # its own, whatever the engine was started with
        await engine.set_profile("low-resource")
        await feed.poll()
        assert feed.pause == 1.0
        await engine.set_profile("production")
        await feed.poll()
        assert feed.pause == 1 / config.refresh_per_second
        await engine.save_setting("refresh_per_second", "4")
        await feed.poll()
        assert feed.pause == 0.25


@dataclass(frozen=True)
class Slow:
    """Is answered only when it is let go; ``ended`` notes what became of each time it was asked."""

    number: int
    gate: asyncio.Event = field(default_factory=asyncio.Event, compare=False)
    ended: list[str] = field(default_factory=list, compare=False)

    async def ask(self, engine: Any, now: float) -> object:  # noqa: ARG002 - a Question
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.ended.append("cancelled")
            raise
        self.ended.append("answered")
        return f"slow {self.number}"


async def comes(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event of its own
            await asyncio.sleep(0)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "QUICK_SECONDS", 0.001)


@pytest.mark.usefixtures("impatient")
async def test_a_long_answer_holds_up_no_other_numbers_and_comes_when_it_is_there(
    stage: Stage, clock: FakeClock
) -> None:
    stage.question = question = Slow(1)
    running = asyncio.create_task(stage.feed.run())
    await comes(lambda: stage.shown)
    for _ in range(2):
        clock.advance(1.0)
        stage.feed.ask()
        await comes(lambda: stage.shown[-1].taken_at == clock.now())
        assert (stage.shown[-1].question, stage.shown[-1].answer) == (question, None)
    stage.feed.pause = 1e6  # the answer itself has it shown
    question.gate.set()
    await comes(lambda: stage.shown[-1].answer == "slow 1")
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


@pytest.mark.usefixtures("impatient")
async def test_news_that_come_quicker_than_answers_keep_no_question_from_one(stage: Stage) -> None:
    stage.question = first = Slow(1)
    await stage.feed.poll()
    stage.question = second = Slow(2)
    assert (await stage.feed.poll()).answer is None
    first.gate.set()
    second.gate.set()
    found = [await stage.feed.poll() for _ in range(2)]
    assert [each.answer for each in found] == ["slow 1", "slow 2"]
    assert (first.ended, second.ended) == (["answered"], ["answered"])


@pytest.mark.usefixtures("impatient")
async def test_another_screen_does_not_wait_for_the_question_of_the_last(
    stage: Stage, clock: FakeClock
) -> None:
    stage.question = slow = Slow(1)
    await stage.feed.poll()
    stage.question = Asked("a", clock)
    assert (await stage.feed.poll()).answer == "a 1"
    assert slow.ended == ["cancelled"]
    stage.question = again = Slow(1)
    await stage.feed.poll()
    stage.question = None
    assert (await stage.feed.poll()).question is None
    assert again.ended == ["cancelled"]
