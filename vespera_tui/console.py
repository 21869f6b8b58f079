"""What an action may ask of the app, and who it acts as."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.api import EngineAPI
    from widgets.models import AlertModel, Choice, OperationModel, ServiceModel

ACTOR = "dashboard"
"""Who the engine records for what is done here."""


class Console(Protocol):
    """What an action may ask of the app."""

    @property
    def engine(self) -> EngineAPI | None:
        """The engine; None while it opens or after it failed to."""

    @property
    def selected_service(self) -> ServiceModel | None:
        """The service under the cursor."""

    @property
    def selected_operation(self) -> OperationModel | None:
        """The operation under the cursor."""

    @property
    def selected_alert(self) -> AlertModel | None:
        """The alert under the cursor."""

    def say(self, message: str, *, problem: bool = False) -> None:
        """Tell the person, as plain text."""

    async def choose(self, title: str, choices: Sequence[Choice]) -> str | None:
        """Ask for one of several."""

    async def confirm(self, question: str, detail: str) -> bool:
        """Ask before something dangerous."""

    async def show_screen(self, name: str) -> None:
        """Go to a screen."""

    async def show_help(self) -> None:
        """Show every key."""

    def leave(self) -> None:
        """Stop the engine, then close."""


def engine_of(console: Console) -> EngineAPI:
    """The engine. Raises RuntimeError without one: the app refuses such actions before."""
    engine = console.engine
    if engine is None:
        raise RuntimeError("an action that needs the engine ran without one")
    return engine
