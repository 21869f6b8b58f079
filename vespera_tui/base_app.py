"""What the dashboard wants of Textual otherwise: errors, changes of screen, questions laid over."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, ClassVar

from textual.app import App
from textual.binding import Binding

from vespera_tui import lean_textual
from vespera_tui.late import read_ahead
from vespera_tui.saving import offline
from widgets.ascii_filter import AsciiFilter
from widgets.dialogs import Confirm, Menu, Prompt
from widgets.safe_text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType
    from textual.filter import LineFilter
    from textual.screen import ModalScreen
    from textual.worker import Worker

    from vespera_tui.console import Answer
    from widgets.models import Choice

log = logging.getLogger(__name__)

LONGEST_TOAST = 500
AHEAD_SECONDS, AHEAD_PAUSE_SECONDS = 2.0, 0.1
"""After the first paint, when the engine is usually open, and between two screens."""
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
                await self._init_mode(mode)  # Textual's own step of switch_mode
                await asyncio.sleep(AHEAD_PAUSE_SECONDS)  # keys that were pressed come first
        except Exception as error:  # the first visit meets it again, and can say more
            log.exception("the other screens could not be mounted ahead")
            what = f"a screen could not be prepared: {type(error).__name__}: {error}"
            self.notify(visible(what, LONGEST_TOAST), severity="error", markup=False)
        finally:
            self.prepared.set()

    async def _shutdown(self) -> None:
        if self._ahead_worker is not None:  # no screen may come while all are closed
            self._ahead_worker.cancel()
        await super()._shutdown()

    def action_dismiss_toasts(self) -> None:
        """Take the messages away before their time."""
        self.clear_notifications()

    # Questions

    async def choose(self, title: str, choices: Sequence[Choice]) -> str | None:
        """Lay a menu over the screen."""
        return await self.push_screen_wait(Menu(title, choices))

    async def type_in(self, title: str, detail: str, value: str, problem: str) -> str | None:
        """Lay a line to type into over the screen."""
        return await self.push_screen_wait(Prompt(title, detail, value, problem))

    async def confirm(self, question: str, detail: str) -> bool:
        """Lay a question over the screen."""
        return await self.push_screen_wait(Confirm(question, detail))

    async def lay(self, screen: ModalScreen[Answer]) -> Answer:
        """Lay a question over the screen and wait for the answer."""
        return await self.push_screen_wait(screen)

    # What leaves the app

    def copy(self, text: str) -> None:
        """Put ``text`` into the clipboard of the terminal."""
        self.copy_to_clipboard(text)

    def picture(self) -> str:
        """What is shown, as SVG that fetches nothing."""
        return offline(self.export_screenshot(title="Vespera"))
