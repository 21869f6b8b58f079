"""The dashboard: paints first, opens the engine behind the picture, and steers it."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import App, SystemCommand
from textual.binding import Binding

from engine.errors import VesperaError
from vespera_tui.actions import ACTIONS, BY_ID, key_hints
from vespera_tui.key_presses import KeyPresses
from vespera_tui.opening import engine_opener
from vespera_tui.screens.base import DashboardScreen
from vespera_tui.screens.operations import OperationsScreen
from vespera_tui.screens.overview import OverviewScreen
from vespera_tui.session import EngineSession
from vespera_tui.stage import ScreenStage
from vespera_tui.themes import DEFAULT, load_themes
from widgets.dialogs import Confirm, Help, Menu
from widgets.safe_text import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from textual.binding import BindingType
    from textual.notifications import SeverityLevel
    from textual.screen import Screen

    from engine.api import EngineAPI
    from engine.clock import Clock
    from engine.service_config import ServiceConfiguration
    from vespera_tui.actions import Action
    from widgets.models import AlertModel, Choice, OperationModel, ServiceModel

log = logging.getLogger(__name__)

LONGEST_TOAST = 500


class VesperaApp(App[None]):
    """The dashboard over the engine that ``open_engine`` opens.

    ``open_engine(on_step=...)`` gives an async context manager; it is entered after the first
    paint and left before the app closes. ``refresh_per_second`` polls a second; ``clock`` tells
    the time that ages are counted from.
    """

    TITLE = "Vespera"
    CSS_PATH = "app.tcss"
    MODES: ClassVar[dict[str, str | Callable[[], Screen[None]]]] = {
        "overview": OverviewScreen,
        "operations": OperationsScreen,
    }
    DEFAULT_MODE: ClassVar[str] = "overview"
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(each.key, f"perform({each.id!r})", each.title, id=each.id) for each in ACTIONS),
        Binding("ctrl+q", "quit", "Quit", show=False, priority=True),
    ]

    def __init__(
        self,
        open_engine: Callable[..., AbstractAsyncContextManager[EngineAPI]],
        *,
        config_profile: str,
        refresh_per_second: float = 2.0,
        clock: Clock | None = None,
    ) -> None:
        super().__init__()
        for theme in load_themes():
            self.register_theme(theme)
        self.theme = DEFAULT
        self.stage = ScreenStage(config_profile, self._refresh_screen)
        self._key_presses = KeyPresses(clock)
        self._leaving = False
        self.action_errors = 0
        """Actions that ended in an error nobody foresaw."""
        self.session = EngineSession(
            open_engine, self.stage, refresh_per_second=refresh_per_second, clock=clock
        )

    def on_ready(self) -> None:
        """Open the engine once the first picture is painted."""
        self.call_after_refresh(self.session.start)

    async def on_unmount(self) -> None:
        """Never close over an open engine, whatever closed the app."""
        await self.session.leave()

    def _refresh_screen(self) -> None:
        screen = self._base
        if screen is None:
            return
        stage = self.stage
        screen.cover(stage.cover, stage.engine)
        if stage.cover is None and stage.snapshot is not None:
            screen.show(stage.snapshot)

    @property
    def _base(self) -> DashboardScreen | None:
        """The screen of the present mode, under any question; None before it is mounted."""
        stack = self.screen_stack
        base = stack[0] if stack else None
        return base if isinstance(base, DashboardScreen) and base.is_mounted else None

    # What an action may ask (vespera_tui.console.Console)

    @property
    def engine(self) -> EngineAPI | None:
        """The engine while it is open."""
        return self.session.engine

    @property
    def selected_service(self) -> ServiceModel | None:
        """The service under the cursor."""
        name = self._base.selected_service if self._base else None
        services = self.stage.snapshot.services if self.stage.snapshot else ()
        return next((each for each in services if each.name == name), None)

    @property
    def selected_operation(self) -> OperationModel | None:
        """The operation under the cursor."""
        return self._base.selected_operation if self._base else None

    @property
    def selected_alert(self) -> AlertModel | None:
        """The alert under the cursor."""
        return self._base.selected_alert if self._base else None

    def say(self, message: str, *, problem: bool = False) -> None:
        """Show a toast; its text is never parsed."""
        severity: SeverityLevel = "error" if problem else "information"
        self.notify(visible(message, LONGEST_TOAST), severity=severity, markup=False)

    async def choose(self, title: str, choices: Sequence[Choice]) -> str | None:
        """Lay a menu over the screen."""
        return await self.push_screen_wait(Menu(title, choices))

    async def confirm(self, question: str, detail: str) -> bool:
        """Lay a question over the screen."""
        return await self.push_screen_wait(Confirm(question, detail))

    async def show_screen(self, name: str) -> None:
        """Go to the screen ``name`` and show the newest snapshot there."""
        await self.switch_mode(name)
        self._refresh_screen()

    async def show_help(self) -> None:
        """Lay the list of keys over the screen."""
        await self.push_screen_wait(Help(key_hints()))

    def leave(self) -> None:
        """Stop the engine, then close; asked twice, an opening is given up."""
        if self._leaving:
            self.session.abandon()
            return
        self._leaving = True
        self.stage.stopping()
        self.run_worker(self._close(), group="closing", exit_on_error=False)

    async def _close(self) -> None:
        await self.session.leave()
        self.exit(return_code=1 if self.session.error else 0)

    # Keys

    async def on_event(self, event: events.Event) -> None:
        """Let the engine know of a key before it is handled as usual."""
        if isinstance(event, events.Key):
            self._key_presses.pressed(self.engine)
        await super().on_event(event)

    async def action_quit(self) -> None:
        """Quit cleanly, from the palette or ctrl+q too."""
        self.leave()

    def action_perform(self, action_id: str) -> None:
        """Run the action ``action_id`` of the table, unless a question is open."""
        action = BY_ID[action_id]
        if action_id == "quit":
            self.leave()
        elif len(self.screen_stack) > 1:
            return
        elif action.needs_engine and self.engine is None:
            self.say(f"{action.title}: the engine is not open", problem=True)
        else:
            self.run_worker(self._perform(action), group="actions", exit_on_error=False)

    async def _perform(self, action: Action) -> None:
        try:
            await action.run(self)
        except VesperaError as error:
            self.say(str(error), problem=True)
        except Exception as error:
            log.exception("the action %s failed", action.id)
            self.action_errors += 1
            what = f"{action.title}: {type(error).__name__}: {error}"
            self.say(f"{what} (unexpected error {self.action_errors}; see the log)", problem=True)
        if self.session.feed is not None:
            self.session.feed.ask()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Every action of the table, then Textual's own, in the palette."""
        yield from (
            SystemCommand(f"{each.title} ({each.shown_key})", each.help, self._runner(each.id))
            for each in ACTIONS
        )
        yield from (each for each in super().get_system_commands(screen) if each.title != "Quit")

    def _runner(self, action_id: str) -> Callable[[], None]:
        return lambda: self.action_perform(action_id)


def run_dashboard(config: ServiceConfiguration, *, demo_file: Path | None = None) -> int:
    """Show the dashboard until it is left; the exit code: 0, or 1 when the engine had failed.

    With ``demo_file`` the tasks of that file are imported first. SIGTERM, SIGHUP and SIGINT stop
    the engine cleanly and restore the terminal.
    """
    return asyncio.run(_run(config, demo_file))


async def _run(config: ServiceConfiguration, demo_file: Path | None) -> int:
    refresh = 1.0 if config.profile.replace("_", "-") == "low-resource" else 2.0
    app = VesperaApp(
        engine_opener(config, demo_file), config_profile=config.profile, refresh_per_second=refresh
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        loop.add_signal_handler(number, app.leave)
    try:
        await app.run_async()
    finally:
        await app.session.leave()
    if app.session.error:
        sys.stderr.write(f"vespera-tui: {visible(app.session.error)}\n")
    return app.return_code or 0
