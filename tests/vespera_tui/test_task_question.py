"""What is found by meaning is asked for again, and what words find stands in for it meanwhile."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from engine.errors import StoreUnavailableError
from engine.search_views import SearchHit, SearchResult
from engine.task_views import TasksQuery
from tests.vespera_tui.noting import NotingEngine, dashboard
from tests.vespera_tui.waiting import until
from vespera_tui.aside import Aside
from vespera_tui.demo.pictures import look
from vespera_tui.task_question import MEANING_SECONDS, Asides, TasksAnswer, TasksQuestion
from widgets.text_pane import TextPane

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from widgets.text_pane import Line

AWAY = StoreUnavailableError("chroma", "restarting")
MEANING = "meaning and words"


class Searched(NotingEngine):
    """Finds by meaning what is next among ``answers``, the last again and again."""

    def __init__(self, *answers: SearchResult | Exception) -> None:
        super().__init__()
        self.answers = list(answers)
        self.first = next(iter(self.board.tasks))

    async def search(self, _: str, *, by_meaning: bool = True, **__: Any) -> SearchResult:
        if not by_meaning:
            return self.found("words")
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def found(self, mode: str, note: str = "") -> SearchResult:
        return SearchResult((SearchHit(self.first, "", 1.0),), mode, note)


class Asking:
    """The question that a screen asks again and again."""

    def __init__(self, engine: NotingEngine, words: str = "w") -> None:
        self.engine, self.now, self.told = engine, 1.0, asyncio.Event()
        asides = Asides(self.told.set)
        self.question = TasksQuestion(TasksQuery(limit=10), words, None, asides)

    async def ask(self, *, after: float = 0.0) -> TasksAnswer:
        self.now += after
        return await self.question.ask(self.engine, self.now)  # type: ignore[arg-type]  # all that it asks for

    async def ask_until(self, fits: Callable[[TasksAnswer], object]) -> TasksAnswer:
        for _ in range(100):
            if fits(answer := await self.ask()):
                return answer
            await asyncio.sleep(0)
        pytest.fail(f"the last answer was {answer}")


@pytest.mark.parametrize("before", [AWAY, SearchResult((), "words", "the model is away")])
async def test_the_search_by_meaning_is_asked_again(before: SearchResult | Exception) -> None:
    engine = Searched(before)
    engine.answers.append(engine.found(MEANING))
    asking = Asking(engine)
    answer = await asking.ask()
    assert (answer.total, answer.note) == (1, "by words; by meaning follows…")
    reason = str(AWAY) if before is AWAY else "the model is away"
    answer = await asking.ask_until(lambda answer: reason in answer.note)
    assert answer.total == (1 if before is AWAY else 0)
    assert reason in (await asking.ask(after=MEANING_SECONDS)).note
    answer = await asking.ask_until(lambda answer: answer.note == f"by {MEANING}")
    assert answer.total == 1


async def test_a_task_that_came_later_is_found_by_meaning_too() -> None:
    engine = Searched(SearchResult((), MEANING))
    engine.answers.append(engine.found(MEANING))
    asking = Asking(engine)
    await asking.ask_until(lambda answer: answer.note == f"by {MEANING}" and not answer.total)
    await asking.ask(after=MEANING_SECONDS)
    await asking.ask_until(lambda answer: answer.total == 1)


async def test_what_is_near_is_asked_again() -> None:
    engine = NotingEngine(errors={"similar": AWAY})
    asking = Asking(engine, words="")

    def said(answer: TasksAnswer) -> str:
        return "".join(text for line in answer.lines for text, _ in line)

    await asking.ask_until(lambda answer: str(AWAY) in said(answer))
    del engine.errors["similar"]
    await asking.ask(after=MEANING_SECONDS)
    await asking.ask_until(lambda answer: str(AWAY) not in said(answer))


async def test_what_failed_beside_the_feed_is_made_again_in_time() -> None:
    made, told = 0, asyncio.Event()

    async def make() -> str:
        nonlocal made
        made += 1
        if made == 1:
            raise ValueError("once")
        return "there"

    aside = Aside[str](told.set)
    assert aside.look("key", make, now=0.0, again=10.0) is None
    await told.wait()
    for now in (5.0, 10.0):
        with pytest.raises(ValueError, match="once"):
            aside.look("key", make, now=now, again=10.0)
    told.clear()
    await told.wait()
    assert aside.look("key", make, now=11.0, again=10.0) == "there"


async def test_what_is_known_of_the_first_task_does_not_blink(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shows: list[int] = []
    show = TextPane.show

    def counted(pane: TextPane, lines: Sequence[Line]) -> None:
        shows.append(len(lines))
        show(pane, lines)

    monkeypatch.setattr(TextPane, "show", counted)
    async with dashboard(NotingEngine(), (120, 40)) as pilot:
        await pilot.press("5")
        await look(pilot)
        await until(pilot, lambda: any(shows))
        await look(pilot)
    assert 0 not in shows[next(index for index, lines in enumerate(shows) if lines) :]
