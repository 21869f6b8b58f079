"""The question of the screen that is shown is put to the engine at a pace of its own."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.errors import VesperaError

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.api import EngineAPI
    from engine.clock import Clock
    from vespera_tui.questions import Question

PATIENCE = 10.0
"""A question is asked again no sooner than after this many times as long as its answer took."""
QUICK_SECONDS = 0.2
"""How long the other numbers wait for an answer, to be shown together with it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question was answered."""

    question: Question | None = None
    answer: object = None
    problem: str = ""
    """Why there is nothing newer."""


class Asker:
    """Asks one question at a time; ``late`` is told when an answer comes that nobody waited for.

    One that is under way is finished before another of its kind, so that news that come quicker
    than answers don't keep it from ever being answered. One of another screen ends it.
    """

    def __init__(self, engine: EngineAPI, clock: Clock, late: Callable[[], None]) -> None:
        self._engine, self._clock, self._late = engine, clock, late
        self._last = Answer()
        self._wished, self._ask_again_at = False, 0.0
        self._asked: Question | None = None
        self._task: asyncio.Task[Answer] | None = None
        self._waiting = False

    def wish(self) -> None:
        """Ask next time, however short ago that was done."""
        self._wished = True

    async def answer(self, wanted: Question | None) -> Answer:
        """That to ``wanted``, or as long as there is none, the last to a question of its kind."""
        if self._task is not None and type(self._asked) is not type(wanted):
            await self.close()
        if self._task is None and wanted is not None and self._is_due(wanted):
            self._begin(wanted)
        if self._task is not None:
            self._waiting = True
            await asyncio.wait((self._task,), timeout=QUICK_SECONDS)
            self._waiting = False
            if not self._task.done():
                same = type(self._last.question) is type(wanted)
                return self._last if same else Answer(wanted)
            task, self._task = self._task, None
            self._last = task.result()
        elif wanted is None:
            self._last = Answer()
        return self._last

    async def close(self) -> None:
        """Ask no longer."""
        if self._task is not None:
            task, self._task = self._task, None
            task.cancel()
            await asyncio.wait((task,))
            if not task.cancelled():
                task.exception()  # nobody wants to know it any more

    def _is_due(self, wanted: Question) -> bool:
        due = self._wished or self._clock.monotonic() >= self._ask_again_at
        return due or wanted != self._last.question

    def _begin(self, question: Question) -> None:
        self._wished, self._asked = False, question
        task = self._task = asyncio.create_task(self._put(question), name="question")
        task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[Answer]) -> None:
        if task is self._task and not self._waiting:
            self._late()

    async def _put(self, question: Question) -> Answer:
        started, last = self._clock.monotonic(), self._last
        try:
            return Answer(question, await question.ask(self._engine, self._clock.now()))
        except VesperaError as error:
            kept = last.answer if question == last.question else None
            return Answer(question, kept, str(error))
        finally:
            now = self._clock.monotonic()
            self._ask_again_at = now + PATIENCE * (now - started)
