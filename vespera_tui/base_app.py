"""What the dashboard wants of Textual otherwise: errors, changes of screen, questions laid over."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import App
from textual.binding import Binding
from textual.screen import ModalScreen

from vespera_tui import lean_textual
from vespera_tui.key_queue import KeyQueue
from vespera_tui.keymap import shown_key
from vespera_tui.late import read_ahead
from vespera_tui.saving import offline
from widgets.ascii_filter import AsciiFilter
from widgets.dialogs import Confirm, Menu, Prompt
from widgets.safe_text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType
    from textual.filter import LineFilter
    from textual.screen import Screen
    from textual.worker import Worker

    from vespera_tui.console import Answer
    from widgets.models import Choice

log = logging.getLogger(__name__)

LONGEST_TOAST = 500
AHEAD_SECONDS, AHEAD_PAUSE_SECONDS = 2.0, 0.1
"""After the first paint, when the engine is usually open; between two screens, and after a key."""
SHORTEST_DELAY = 0.001
"""Seconds without a picture while a screen takes the place of another."""


class BaseApp(App[None]):
    """An app with screens for modes; ``ascii_only`` draws for terminals that show nothing else."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "Quit", show=False, priority=True),
        Binding("escape", "dismiss_toasts", "Dismiss messages", show=False),
    ]

    def __init__(self, *, ascii_only: bool = False) -> None:
        lean_textual.correct()
        super().__init__()
        self.ascii_only = ascii_only
        self._ascii_filters = [AsciiFilter()] if ascii_only else []
        self._ahead_worker: Worker[None] | None = None
        self.prepared = asyncio.Event()
        """Set when all screens are mounted, or can't be: the start is over."""
        self.keys = KeyQueue(self, super().on_event, self.tell_lost)
        self._leads_on = False
        self.closing = False
        """Its screens are taken apart: there is nothing left that could show anything."""
        self.crash: Exception | None = None
        """What ended the app, if something did that nobody foresaw."""

    # Errors

    def _handle_exception(self, error: Exception) -> None:
        self.crash = self.crash or error
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        # the traceback goes to the log; a screenful of it, with locals, would go to the terminal
        self._close_messages_no_wait()

    # What is shown

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's own, and what the terminal needs."""
        return [*super().get_line_filters(), *self._ascii_filters]

    def delay_update(self, delay: float = SHORTEST_DELAY) -> None:  # noqa: ARG002 - Textual's 50 ms
        """Change screens without the pause in which Textual paints nothing."""
        super().delay_update(SHORTEST_DELAY)

    def mount_ahead(self) -> None:
        """Read and mount the other screens soon, so that a first visit is as quick as the next."""
        self.set_timer(AHEAD_SECONDS, self._start_ahead)

    def _start_ahead(self) -> None:
        self._ahead_worker = self.run_worker(self._ahead(), exit_on_error=False)

    async def _ahead(self) -> None:
        try:
            await asyncio.to_thread(read_ahead)
            for mode in self.MODES:
                await self.keys.quiet(AHEAD_PAUSE_SECONDS)  # who types goes first
                await self._init_mode(mode)  # Textual's own step of switch_mode
                await asyncio.sleep(AHEAD_PAUSE_SECONDS)
        except Exception as error:  # the first visit meets it again, and can say more
            log.exception("the other screens could not be mounted ahead")
            what = f"a screen could not be prepared: {type(error).__name__}: {error}"
            self.notify(visible(what, LONGEST_TOAST), severity="error", markup=False)
        finally:
            self.prepared.set()

    async def _shutdown(self) -> None:
        self.closing = True
        if self._ahead_worker is not None:  # no screen may come while all are closed
            self._ahead_worker.cancel()
        await super()._shutdown()

    def action_dismiss_toasts(self) -> None:
        """Take the messages away before their time."""
        self.clear_notifications()

    # Keys

    def on_mount(self) -> None:
        """Notice when a question is laid over the screen, and when it is gone."""
        self.screen_change_signal.subscribe(self, self._screen_changed, immediate=True)

    async def on_event(self, event: events.Event) -> None:
        """Keys and what is pasted one after the other; ctrl+q never waits."""
        leaves = isinstance(event, events.Key) and event.key == "ctrl+q"
        if isinstance(event, events.Key | events.Paste) and not (event.is_forwarded or leaves):
            await self.keys.take(event)
        else:
            await super().on_event(event)

    def _screen_changed(self, screen: Screen[object]) -> None:
        if isinstance(screen, ModalScreen):  # its keys wait until it is painted and has the focus
            self.keys.hold()
            screen.call_after_refresh(self.keys.release)
        elif self._leads_on:
            self.keys.hold()

    def tell_lost(self, typed: Sequence[events.Key | events.Paste]) -> None:
        """Say which keys were dropped because what they were for did not come."""
        names = [each.key if isinstance(each, events.Key) else "what was pasted" for each in typed]
        self.bell()
        message = f"typed ahead and not done: {', '.join(map(shown_key, names))}"
        self.notify(visible(message, LONGEST_TOAST), severity="warning", markup=False)

    # Questions

    async def choose(self, title: str, choices: Sequence[Choice]) -> str | None:
        """Lay a menu over the screen."""
        return await self._lay_first(Menu(title, choices))

    async def type_in(self, title: str, detail: str, value: str, problem: str) -> str | None:
        """Lay a line to type into over the screen."""
        return await self._lay_first(Prompt(title, detail, value, problem))

    async def confirm(self, question: str, detail: str, *, blindly: bool = False) -> bool:
        """Lay a question over the screen; ``blindly``: a yes typed before it is shown counts."""
        return await self.lay(Confirm(question, detail, blindly=blindly))

    async def lay(self, screen: ModalScreen[Answer]) -> Answer:
        """Lay a question over the screen and wait for the answer."""
        return await self.push_screen_wait(screen)

    async def _lay_first(self, screen: ModalScreen[Answer]) -> Answer:
        """Lay a question whose answer may lead to another one, which further keys wait for."""
        self._leads_on = True
        try:
            return await self.push_screen_wait(screen)
        finally:
            self._leads_on = False

    # What leaves the app

    def copy(self, text: str) -> None:
        """Put ``text`` into the clipboard of the terminal, with nothing that a shell would obey."""
        self.copy_to_clipboard("\n".join(visible(line) for line in text.split("\n")))

    def picture(self) -> str:
        """What is shown, as SVG that fetches nothing."""
        return offline(self.export_screenshot(title="Vespera"))
