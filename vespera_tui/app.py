"""The dashboard: paints first, opens the engine behind the picture, and steers it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import SystemCommand

from engine.errors import VesperaError
from vespera_tui.actions import ACTIONS, bar_hints, hint
from vespera_tui.base_app import LONGEST_TOAST, BaseApp
from vespera_tui.help import help_sections
from vespera_tui.key_presses import KeyPresses
from vespera_tui.keymap import remapped
from vespera_tui.places import FIRST, PLACES
from vespera_tui.ringing import Ringer, ring
from vespera_tui.screens.base import DashboardScreen
from vespera_tui.session import EngineSession
from vespera_tui.stage import ScreenStage
from vespera_tui.theme_folder import ThemeFolder
from vespera_tui.themes import DEFAULT, load_themes
from vespera_tui.turns import Turns
from vespera_tui.undo import Undo, UndoStack
from widgets.help import Help
from widgets.safe_text import visible

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping
    from contextlib import AbstractAsyncContextManager

    from textual.notifications import SeverityLevel
    from textual.screen import Screen

    from engine.api import EngineAPI
    from engine.clock import Clock
    from engine.configuration.editing import SettingView
    from vespera_tui.actions import Action
    from vespera_tui.long_work import LongWork
    from vespera_tui.questions import Question
    from vespera_tui.snapshot import DashboardSnapshot
    from widgets.dialogs import Unforeseen
    from widgets.models import AlertModel, OperationModel, ServiceModel

log = logging.getLogger(__name__)


class VesperaApp(BaseApp):
    """The dashboard over the engine that ``open_engine`` opens.

    ``open_engine(on_step=...)`` gives an async context manager; it is entered after the first
    paint and left before the app closes. ``refresh_per_second`` polls a second; ``clock`` tells
    the time that ages are counted from. ``keys`` are a person's own, by action id
    (ConfigurationError for what can't be); ``notify`` is toast, bell, desktop or off; ``marks``
    stand in the header; ``ascii_only`` draws for a terminal that shows nothing else.
    """

    TITLE = "Vespera"
    CSS_PATH = "app.tcss"
    MODES: ClassVar[dict[str, str | Callable[[], Screen[None]]]] = {
        place.name: place.screen for place in PLACES
    }
    DEFAULT_MODE: ClassVar[str] = FIRST.name

    def __init__(
        self,
        open_engine: Callable[..., AbstractAsyncContextManager[EngineAPI]],
        *,
        config_profile: str,
        refresh_per_second: float = 2.0,
        clock: Clock | None = None,
        read_only: bool = False,
        keys: Mapping[str, str] | None = None,
        theme: str = DEFAULT,
        theme_folder: Path | None = None,
        notify: str = "toast",
        saves_to: Path | None = None,
        marks: tuple[str, ...] = (),
        ascii_only: bool = False,
    ) -> None:
        self.actions = remapped(ACTIONS, keys or {})
        super().__init__(ascii_only=ascii_only)
        for each in load_themes():
            self.register_theme(each)
        self._theme_folder = ThemeFolder(self, theme_folder, theme)
        for action in self.actions:
            self._bindings.bind(action.key, f"perform({action.id!r})", action.title)
        self.read_only = read_only
        marks = ("read-only", *marks) if read_only else marks
        self.stage = ScreenStage(
            config_profile,
            self._refresh_screen,
            wanted=self._question,
            marks=marks,
            say=self.say,
        )
        self._by_id = {action.id: action for action in self.actions}
        self._key_presses = KeyPresses(clock)
        self._undo, self._ringer, self._notify = UndoStack(), Ringer(), notify
        self._saves_to = saves_to
        self._leaving, self._turns = False, Turns()
        self.counting = asyncio.Lock()
        """Held by what counts on from the present value."""
        self.work: LongWork | None = None
        """The long work that is under way."""
        self.action_errors = 0
        """Errors nobody foresaw that an action ended in, or a question stayed open with."""
        self.session = EngineSession(
            open_engine, self.stage, refresh_per_second=refresh_per_second, clock=clock
        )

    async def on_ready(self) -> None:
        """Open the engine once the first picture is painted."""
        self.call_after_refresh(self.session.start)
        await self._theme_folder.start()
        self.mount_ahead()

    async def on_unmount(self) -> None:
        """Never close over an open engine, whatever closed the app."""
        await self.session.leave()

    # What is shown

    def _refresh_screen(self) -> None:
        if (screen := self._base) is None:
            return
        stage = self.stage
        screen.cover(stage.cover, stage.engine)
        if stage.snapshot is not None:
            alerts = stage.snapshot.alerts
            if fresh := self._ringer.new(alerts):
                write = self._driver.write if self._driver is not None else None
                ring(self, fresh, self._notify, self.key_of(FIRST.name), write)
            if stage.cover is None:
                screen.show(self._with_muted(stage.snapshot))
        self.show_work(self.work)
        self.refresh_keys()

    def _with_muted(self, snapshot: DashboardSnapshot) -> DashboardSnapshot:
        muted = self._ringer.muted
        if not muted:
            return snapshot
        alerts = tuple(replace(each, muted=each.id in muted) for each in snapshot.alerts)
        return replace(snapshot, alerts=alerts)

    def refresh_keys(self) -> None:
        """Show what can be done now, with what has the focus."""
        if (screen := self._base) is not None:
            places = [hint(self._by_id[place.name]) for place in PLACES]
            screen.show_keys(places, bar_hints(self.actions, self))

    def _question(self) -> Question | None:
        screen = self._base
        return screen.question if screen else None

    @property
    def _base(self) -> DashboardScreen | None:
        """The screen of the present mode, under any question; None before and after it is there."""
        stack = [] if self.closing else self.screen_stack
        base = stack[0] if stack else None
        return base if isinstance(base, DashboardScreen) and base.is_mounted else None

    def on_dashboard_screen_focus_moved(self) -> None:
        """Show the keys of what has the focus now."""
        self.refresh_keys()

    def on_dashboard_screen_asked(self) -> None:
        """Have the screen's question answered now."""
        self.ask_feed()

    def on_app_blur(self) -> None:
        """Look less often while nobody looks."""
        if self.session.feed is not None:
            self.session.feed.rest(resting=True)

    def on_app_focus(self) -> None:
        """Look at once, and as often as usual."""
        if self.session.feed is not None:
            self.session.feed.rest(resting=False)

    # What an action may ask (vespera_tui.console.Console)

    @property
    def engine(self) -> EngineAPI | None:
        """The engine while it is open."""
        return self.session.engine

    @property
    def here(self) -> DashboardScreen:
        """The screen that is shown, under any question."""
        base = self.screen_stack[0]
        if not isinstance(base, DashboardScreen):
            raise TypeError(f"{type(base).__name__} is no screen of the dashboard")
        return base

    @property
    def services(self) -> tuple[ServiceModel, ...]:
        """All services, as last read."""
        return self.stage.snapshot.services if self.stage.snapshot else ()

    @property
    def profile(self) -> str:
        """The profile in force."""
        return self.stage.engine.profile

    @property
    def selected_service(self) -> ServiceModel | None:
        """The service under the cursor."""
        name = self.here.selected_service
        return next((each for each in self.services if each.name == name), None)

    @property
    def selected_operation(self) -> OperationModel | None:
        """The operation under the cursor."""
        return self.here.selected_operation

    @property
    def selected_alert(self) -> AlertModel | None:
        """The alert under the cursor."""
        return self.here.selected_alert

    def say(self, message: str, *, problem: bool = False, undo: Undo | None = None) -> None:
        """Show a toast; its text is never parsed. A problem drops what was typed ahead."""
        if problem and self.keys.holds:
            self.keys.drop()
        severity: SeverityLevel = "error" if problem else "information"
        text = visible(message, LONGEST_TOAST)
        if undo is not None and not self.read_only:  # there u is refused
            self._undo.push(undo)
            text = f"{text} ({self.key_of('undo')}: undo)"
        self.notify(text, severity=severity, markup=False)

    @property
    def selected_setting(self) -> SettingView | None:
        """The setting under the cursor."""
        return self.here.selected_setting

    async def show_screen(self, name: str) -> None:
        """Go to the screen ``name`` and show the newest snapshot there."""
        await self.switch_mode(name)
        self._refresh_screen()
        self.ask_feed()

    async def show_help(self) -> None:
        """Lay what can be done here and everywhere over the screen."""
        await self.push_screen_wait(
            Help(help_sections(self.actions, self), self._by_id["help"].key)
        )

    def show_work(self, work: LongWork | None) -> None:
        """Show how far it is, on every screen; None when it ended."""
        self.work = work
        if (screen := self._base) is not None:
            screen.show_work(work.model(hint(self._by_id["stop-work"])) if work else None)

    def key_of(self, action_id: str) -> str:
        """The key of an action as a person reads it; their own if they chose another."""
        return self._by_id[action_id].shown_key

    def last_change(self) -> Undo | None:
        """The change that would be taken back next."""
        return self._undo.last()

    def take_back(self) -> Undo | None:
        """The last change, which is then no longer there to be taken back."""
        return self._undo.pop()

    def keep_change(self, change: Undo) -> None:
        """Note that it can still be taken back."""
        self._undo.push(change)

    @property
    def saves_to(self) -> Path:
        """The folder that pictures and tables are saved in: where the program was started."""
        return self._saves_to or Path.cwd()

    def read_parity(self) -> None:
        """Have the projections compared with the tasks now."""
        if self.session.feed is not None:
            self.session.feed.ask_parity()

    def mute(self, alert_id: str, *, silent: bool | None = None) -> bool:
        """Ring no more for this alert, or again (None: the other way); whether it is silent now."""
        return self._ringer.mute(alert_id, silent=silent)

    def ask_feed(self) -> None:
        """Have the screen's numbers read now rather than at the next beat."""
        if self.session.feed is not None:
            self.session.feed.ask()

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
        if isinstance(event, events.Key) and not event.is_forwarded:
            self._key_presses.pressed(self.engine)
        await super().on_event(event)

    async def action_quit(self) -> None:
        """Quit cleanly, from the palette or ctrl+q too."""
        self.leave()

    async def action_perform(self, action_id: str) -> None:
        """Run the action ``action_id`` of the table, unless a question is open."""
        action = self._by_id[action_id]
        if action_id == "quit":
            self.leave()
        elif len(self.screen_stack) > 1 or self._base is None:
            return
        elif reason := action.unavailable(self):
            self.say(f"{action.title}: {reason}", problem=True)
            if action.asks:
                self.keys.drop()
        elif action.at_once:
            await self._perform(action)
        else:
            if action.asks:
                self.keys.hold()
            self.run_worker(self._perform(action), group="actions", exit_on_error=False)

    async def _perform(self, action: Action) -> None:
        try:
            if action.changes:
                async with self._turns.turn(waits=action.id == "undo"):
                    await action.run(self)
            else:
                await action.run(self)
        except VesperaError as error:
            self.say(str(error), problem=True)
        except OSError as error:  # a picture or a table that can't be written
            where = f": {error.filename}" if error.filename else ""
            self.say(f"{action.title}: {error.strerror}{where}", problem=True)
        except Exception as error:
            log.exception("the action %s failed", action.id)
            self.action_errors += 1
            what = f"{action.title}: {type(error).__name__}: {error}"
            self.say(f"{what} (unexpected error {self.action_errors}; see the log)", problem=True)
        if action.asks:
            self.keys.release()
        self.refresh_keys()
        self.ask_feed()

    def on_unforeseen(self, unforeseen: Unforeseen) -> None:
        """Log and count what the question shows."""
        log.error("a question met an unexpected error", exc_info=unforeseen.error)
        self.action_errors += 1

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Every action of the table with its key, then Textual's own, in the palette."""
        for each in self.actions:
            reason = each.unavailable(self)
            help_ = f"{each.help} (not now: {reason})" if reason else each.help
            help_ = f"{help_}; its id is {each.id}"
            yield SystemCommand(f"{each.title} ({each.shown_key})", help_, self._runner(each.id))
        yield from (each for each in super().get_system_commands(screen) if each.title != "Quit")

    def _runner(self, action_id: str) -> Callable[[], Awaitable[None]]:
        return lambda: self.action_perform(action_id)
