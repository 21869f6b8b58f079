"""As much of the app as an action needs, for tests of what is done beside others."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from engine.errors import VesperaError
from vespera_tui import browsing
from vespera_tui.undo import UndoStack

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from engine.api import EngineAPI
    from vespera_tui.undo import Undo


class Selection:
    """As much of a list as doing something to many needs."""

    def __init__(self, *, everything: bool = False) -> None:
        self.everything = everything
        self.chosen: tuple[Any, ...] = ()

    def choose(self, *ids: Any) -> None:
        self.everything, self.chosen = False, ids

    def unchoose(self, *ids: Any) -> None:
        self.everything = self.everything and bool(ids)
        self.chosen = tuple(each for each in self.chosen if ids and each not in ids)


class Asked:
    """Says yes to every question; ``meanwhile`` happens while it stands.

    ``selected`` is the task under the cursor, ``meant`` what is selected of operations, and
    ``answer`` what is chosen from a list or made of what is laid over the screen.
    """

    work: Any = None
    selected: str | None = None
    meant: Any = None
    answer: Any = None
    selected_operation: Any = None
    selected_setting: Any = None
    target = "task"
    services: Any = ()
    profile = "development"

    def __init__(
        self,
        engine: EngineAPI,
        meanwhile: Callable[[], Awaitable[Any]] | None = None,
        *,
        everything: bool = False,
    ) -> None:
        self.engine, self.meanwhile = engine, meanwhile
        self.here, self.main_list = self, Selection(everything=everything)
        self.asked = self.problem = False
        self.said, self.question = "", ("", "", False)
        self.stack, self.counting = UndoStack(), asyncio.Lock()

    @property
    def selected_task(self) -> str | None:
        return self.selected

    @property
    def undo(self) -> Undo | None:
        return self.stack.last()

    async def meant_tasks(self, _: EngineAPI) -> Any:
        return None

    def selection_changed(self) -> None: ...

    def show_work(self, work: Any) -> None:
        self.work = work

    def key_of(self, action_id: str) -> str:
        return action_id

    def say(self, text: str, *, problem: bool = False, undo: Undo | None = None) -> None:
        self.said, self.problem = text, problem
        if undo is not None:
            self.stack.push(undo)

    def take_back(self) -> Undo | None:
        return self.stack.pop()

    def keep_change(self, change: Undo) -> None:
        self.stack.push(change)

    async def confirm(self, question: str, detail: str, *, blindly: bool = False) -> bool:
        self.asked, self.question = True, (question, detail, blindly)
        if self.meanwhile is not None:
            await self.meanwhile()
        return True

    async def choose(self, *_: Any) -> Any:
        return self.answer

    async def type_in(self, *_: Any) -> Any:
        return self.answer

    async def lay(self, screen: Any) -> Any:
        return await self.answer(screen) if callable(self.answer) else self.answer

    async def does(self, action: Callable[[Any], Awaitable[None]]) -> str:
        """What is said about it, as the app would show its errors."""
        try:
            await action(self)
        except VesperaError as error:
            self.say(str(error), problem=True)
        return self.said

    async def undoes(self) -> str:
        """What is said when the last change is taken back."""
        return await self.does(browsing.undo)
