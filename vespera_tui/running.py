"""Runs the dashboard in a terminal, and leaves that clean whatever ends it."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import termios
from typing import TYPE_CHECKING

from vespera_tui.app import VesperaApp
from vespera_tui.logs import configure_logging, record_crash
from vespera_tui.opening import engine_opener
from vespera_tui.terminal import ascii_alone, stands_still
from widgets.safe_text import visible

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from engine.service_config import ServiceConfiguration

CRASHED, HUNG_UP = 1, 128 + signal.SIGHUP


def run_dashboard(
    config: ServiceConfiguration, *, demo_file: Path | None = None, read_only: bool = False
) -> int:
    """Show the dashboard until it is left; the exit code: 0, or 1 when the engine had failed.

    With ``demo_file`` the tasks of that file are imported first. SIGTERM, SIGHUP and SIGINT stop
    the engine cleanly and restore the terminal. Raises ConfigurationError for keys that can't be.
    """
    configure_logging(config, stderr=False, events=False)  # the opener does: it takes long
    opener = engine_opener(config, demo_file)
    return asyncio.run(_run(lambda: _app(config, opener, read_only), config.data_dir))


def run_demo_feed(config: ServiceConfiguration, *, read_only: bool = False) -> int:
    """Show made-up activity, without stores; nothing is written but what a person saves."""
    from vespera_tui.demo import made_up  # noqa: PLC0415 - only for the demonstration

    opener = made_up().opener()
    marks = ("made-up activity",)
    return asyncio.run(_run(lambda: _app(config, opener, read_only, marks), None))


def _app(
    config: ServiceConfiguration,
    opener: Callable[..., object],
    read_only: bool,
    marks: tuple[str, ...] = (),
) -> VesperaApp:
    wanted = config.dashboard
    app = VesperaApp(
        opener,  # type: ignore[arg-type] # either engine's opener
        config_profile=config.profile,
        refresh_per_second=config.refresh_per_second,
        read_only=read_only,
        keys=wanted.keymap,
        theme=wanted.theme,
        theme_folder=theme_folder(),
        notify=wanted.notify,
        marks=marks,
        ascii_only=ascii_alone(os.environ),
    )
    if stands_still(os.environ):
        app.animation_level = "none"
    return app


def theme_folder() -> Path:
    """Where a person's own themes are, a TOML file each."""
    import platformdirs  # noqa: PLC0415 - as late as it is needed

    return platformdirs.user_config_path("vespera") / "themes"


async def _run(make: Callable[[], VesperaApp], data_dir: Path | None) -> int:
    app = make()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, app.leave)
    ending: set[asyncio.Task[None]] = set()  # a task that nobody holds may be forgotten
    loop.add_signal_handler(
        signal.SIGHUP, lambda: ending.add(asyncio.create_task(_hang_up(app), name="hang up"))
    )
    try:
        await app.run_async()
    finally:
        await app.session.leave()
    if app.crash is not None:
        path = record_crash(app.crash, data_dir)
        what = visible(f"{type(app.crash).__name__}: {app.crash}", 500)
        sys.stderr.write(f"vespera-tui: unexpected {what} (the details are in {path})\n")
        return CRASHED
    if app.session.error:
        sys.stderr.write(f"vespera-tui: {visible(app.session.error)}\n")
    return app.return_code or 0


async def _hang_up(app: VesperaApp) -> None:
    """Leave; without a terminal end at once, for Textual would wait for it to take more."""
    app.leave()
    await app.session.leave()
    try:
        termios.tcgetattr(sys.__stderr__ or 2)
    except termios.error:  # closed, not only told to hang up
        logging.shutdown()
        os._exit(HUNG_UP)
