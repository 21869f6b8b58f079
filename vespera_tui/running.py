"""Runs the dashboard in a terminal, and leaves that clean whatever ends it."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import termios
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from vespera_tui import garbage
from vespera_tui.app import VesperaApp
from vespera_tui.logs import record_crash
from vespera_tui.opening import LateConfiguration, engine_opener
from vespera_tui.terminal import ascii_alone, stands_still
from widgets.safe_text import visible

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from engine.service_config import ServiceConfiguration
    from vespera_tui.first_look import FirstLook
    from vespera_tui.opening import Opener

LONGEST_START, QUIET_SECONDS = 30.0, 1.0
"""Seconds after which the start counts as over, and without a key before all garbage is looked for:
whoever reads what a key brought lets a second or two pass before the next."""
CRASHED, HUNG_UP = 1, 128 + signal.SIGHUP


@dataclass(frozen=True, slots=True)
class Start:
    """What a dashboard begins with."""

    load: Callable[[], ServiceConfiguration]
    """Reads the whole configuration, in a thread behind the first picture."""
    look: FirstLook
    """What the picture needs of it."""
    read_only: bool = False
    marks: tuple[str, ...] = ()
    """Stand in the header."""


def run_dashboard(start: Start, *, demo_file: Path | None = None) -> int:
    """Show the dashboard until it is left; the exit code: 0, or 1 when the engine had failed.

    With ``demo_file`` the tasks of that file are imported first. SIGTERM, SIGHUP and SIGINT stop
    the engine cleanly and restore the terminal. Raises ConfigurationError for what can't be set,
    and DataDirectoryError when the folder of the log can't be made.
    """
    opening = LateConfiguration(
        start.load, lambda config: engine_opener(config, demo_file), logs=True
    )
    return asyncio.run(_run(start, opening))


def run_demo_feed(start: Start) -> int:
    """Show made-up activity, without stores; nothing is written but what a person saves."""

    def opener(_: ServiceConfiguration) -> Opener:
        from vespera_tui.demo import made_up  # noqa: PLC0415 - only for the demonstration

        return made_up().opener()

    made_up_start = replace(start, marks=("made-up activity",))
    return asyncio.run(_run(made_up_start, LateConfiguration(start.load, opener, logs=False)))


def _app(start: Start, opening: LateConfiguration) -> VesperaApp:
    def read() -> None:
        if opening.config is None:
            app.exit()  # what is wrong is told where the program was started
        else:
            app.session.refresh_per_second = opening.config.refresh_per_second

    look = start.look
    app = VesperaApp(
        partial(opening.opened, on_read=read),
        config_profile=look.profile,
        read_only=start.read_only,
        keys=look.keymap,
        theme=look.theme,
        theme_folder=theme_folder(),
        notify=look.notify,
        marks=start.marks,
        ascii_only=ascii_alone(os.environ),
    )
    if stands_still(os.environ):
        app.animation_level = "none"
    return app


def theme_folder() -> Path:
    """Where a person's own themes are, a TOML file each."""
    import platformdirs  # noqa: PLC0415 - as late as it is needed

    return platformdirs.user_config_path("vespera") / "themes"


async def _run(start: Start, opening: LateConfiguration) -> int:
    app = _app(start, opening)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, app.leave)
    ending: set[asyncio.Task[None]] = set()  # a task that nobody holds may be forgotten
    loop.add_signal_handler(
        signal.SIGHUP, lambda: ending.add(asyncio.create_task(_hang_up(app), name="hang up"))
    )
    collecting = asyncio.create_task(_collect(app), name="garbage")
    try:
        await app.run_async()
    finally:
        collecting.cancel()
        await app.session.leave()
    if opening.error is not None:
        raise opening.error
    if app.crash is not None:
        path = record_crash(app.crash, opening.log_folder)
        what = visible(f"{type(app.crash).__name__}: {app.crash}", 500)
        sys.stderr.write(f"vespera-tui: unexpected {what} (the details are in {path})\n")
        return CRASHED
    if app.session.error:
        sys.stderr.write(f"vespera-tui: {visible(app.session.error)}\n")
        return CRASHED
    return app.return_code or 0


async def _collect(app: VesperaApp) -> None:
    """Look for garbage once the start is over, at all of it while nobody types."""
    with suppress(TimeoutError):  # somebody who types puts it off
        async with asyncio.timeout(LONGEST_START):
            await app.prepared.wait()
    garbage.go_on()
    while True:
        await asyncio.sleep(QUIET_SECONDS)
        if app.keys.quiet_for(QUIET_SECONDS):
            garbage.tidy()


async def _hang_up(app: VesperaApp) -> None:
    """Leave; without a terminal end at once, for Textual would wait for it to take more."""
    app.leave()
    await app.session.leave()
    try:
        termios.tcgetattr(sys.__stderr__ or 2)
    except termios.error:  # closed, not only told to hang up
        logging.shutdown()
        os._exit(HUNG_UP)
