"""What an action may ask of the app, and who it acts as."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from vespera_tui.who import actor

if TYPE_CHECKING:
    from asyncio import Lock
    from collections.abc import Sequence
    from pathlib import Path

    from textual.screen import ModalScreen

    from engine.api import EngineAPI
    from engine.configuration.editing import SettingView
    from vespera_tui.long_work import LongWork
    from vespera_tui.screens.base import DashboardScreen
    from vespera_tui.undo import Undo
    from widgets.models import AlertModel, Choice, OperationModel, ServiceModel

Answer = TypeVar("Answer")
ACTOR = actor()
"""Who the engine records for what is done here."""


class Console(Protocol):
    """What an action may ask of the app."""

    read_only: bool
    counting: Lock
    """Held by what counts on from the present value, so that two do not count from the same."""
    ascii_only: bool
    """Whether the terminal shows ASCII alone."""

    @property
    def engine(self) -> EngineAPI | None:
        """The engine; None while it opens or after it failed to."""

    @property
    def here(self) -> DashboardScreen:
        """The screen that is shown, under any question."""

    @property
    def services(self) -> tuple[ServiceModel, ...]:
        """All services, as last read."""

    @property
    def profile(self) -> str:
        """The profile in force."""

    @property
    def selected_service(self) -> ServiceModel | None:
        """The service under the cursor."""

    @property
    def selected_operation(self) -> OperationModel | None:
        """The operation under the cursor."""

    @property
    def selected_alert(self) -> AlertModel | None:
        """The alert under the cursor."""

    def say(self, message: str, *, problem: bool = False, undo: Undo | None = None) -> None:
        """Tell the person, as plain text; with ``undo``, that it can be taken back."""

    async def choose(self, title: str, choices: Sequence[Choice]) -> str | None:
        """Ask for one of several."""

    @property
    def selected_setting(self) -> SettingView | None:
        """The setting under the cursor."""

    async def type_in(self, title: str, detail: str, value: str, problem: str) -> str | None:
        """Ask for a text, beginning with ``value``; ``problem`` is wrong with the last answer."""

    async def confirm(self, question: str, detail: str, *, blindly: bool = False) -> bool:
        """Ask before something dangerous.

        Say ``blindly`` when it asks about nothing but what the screen showed before: then a yes
        that was typed right behind the action's key counts. What only the question tells, as how
        many it would touch, has to be seen first.
        """

    async def lay(self, screen: ModalScreen[Answer]) -> Answer:
        """Lay a question over the screen and wait for the answer."""

    async def show_screen(self, name: str) -> None:
        """Go to a screen."""

    async def show_help(self) -> None:
        """Show what can be done here and everywhere."""

    @property
    def work(self) -> LongWork | None:
        """The long work that is under way."""

    def show_work(self, work: LongWork | None) -> None:
        """Show how far it is, on every screen; None when it ended."""

    def key_of(self, action_id: str) -> str:
        """The key of an action as a person reads it; their own if they chose another."""

    def last_change(self) -> Undo | None:
        """The change that would be taken back next."""

    def take_back(self) -> Undo | None:
        """The last change, which is then no longer there to be taken back."""

    def keep_change(self, change: Undo) -> None:
        """Note that it can still be taken back."""

    def copy(self, text: str) -> None:
        """Put ``text`` into the clipboard."""

    def picture(self) -> str:
        """What is shown, as SVG."""

    @property
    def saves_to(self) -> Path:
        """The folder that pictures and tables are saved in."""

    def read_parity(self) -> None:
        """Have the projections compared with the tasks now."""

    def mute(self, alert_id: str, *, silent: bool | None = None) -> bool:
        """Ring no more for this alert, or again (None: the other way); whether it is silent now."""

    def leave(self) -> None:
        """Stop the engine, then close."""


def engine_of(console: Console) -> EngineAPI:
    """The engine. Raises RuntimeError without one: the app refuses such actions before."""
    engine = console.engine
    if engine is None:
        raise RuntimeError("an action that needs the engine ran without one")
    return engine
