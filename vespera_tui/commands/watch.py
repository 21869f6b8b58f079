"""``watch``: imports a file or folder again whenever it changes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.errors import VesperaError
from vespera_tui.commands import importing, session
from vespera_tui.commands.exits import FINE
from vespera_tui.commands.importing import Options
from vespera_tui.commands.text import complain, note, plain
from vespera_tui.commands.transfer import FORMAT, MOVED, PREFIX

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from engine.api import EngineAPI

CHECK_MS = 5000
"""So often it is looked whether something changed that the system did not tell of."""
GONE_SECONDS = 1.0
Signature = tuple[tuple[str, int, int, int], ...]
"""Path, inode, nanoseconds of the last change and size of each file."""


@click.command()
@click.argument("file", type=click.Path(exists=True))
@FORMAT
@PREFIX
@MOVED
@click.option(
    "--debounce",
    type=click.IntRange(10, 60_000),
    default=400,
    show_default=True,
    metavar="MS",
    help="Wait until it has been quiet for so long.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object a line.")
def watch(file: str, format_: str, prefix: str, moved: bool, debounce: int, as_json: bool) -> int:
    """Import FILE, a file or folder, now and whenever it changes, until SIGINT or SIGTERM.

    The services run meanwhile. A file that can't be read leaves the tasks as they are.
    """
    from engine.exchange.backlog import home  # noqa: PLC0415 - slow to import

    path = Path(file)
    path = home(path) or path  # not all of the project around it
    watched = Watched(path, format_, prefix, moved=moved, as_json=as_json)
    return session.run(partial(_watch, watched, debounce), services=True)


async def _watch(watched: Watched, debounce: int, engine: EngineAPI) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    note(f"watching {watched.path}; end it with Ctrl-C")
    await follow(engine, watched, changes(watched.path, stop, debounce))
    note("stopped watching; the queue is kept")
    return FINE


@dataclass(slots=True)
class Watched:
    """A file or folder, and how it was when it was last imported."""

    path: Path
    format: str = "auto"
    prefix: str = ""
    moved: bool = False
    as_json: bool = False
    seen: Signature | None = None

    async def import_if_changed(self, engine: EngineAPI) -> bool:
        """Import it unless it is as it was; whether it was not. Errors are told, not raised."""
        now = await asyncio.to_thread(signature, self.path)
        if now == self.seen:
            return False
        self.seen = now  # before reading: what changes meanwhile is a change again
        if not now and not self.path.exists():
            self._tell_gone()
            return True
        try:
            parsed = await asyncio.to_thread(
                importing.read, str(self.path), self.format, self.prefix
            )
            done = await importing.bring_in(engine, parsed, Options(moved=self.moved))
        except VesperaError as error:
            self._tell_failed(str(error))
            return True
        if self.as_json:
            self._print(importing.as_object(str(self.path), parsed, done))
            return True
        gone = f"; {len(done.vanished)} no longer in the file" if done.vanished else ""
        click.echo(f"{now_text()}  {importing.summary(done)}{gone}")
        importing.show_errors(str(self.path), parsed, done.errors)
        return True

    def _tell_gone(self) -> None:
        message = "gone; its tasks are kept, and it is imported again when it is back"
        if self.as_json:
            self._print({"file": str(self.path), "error": message})
        else:
            note(f"{now_text()}  {self.path}: {message}")

    def _tell_failed(self, error: str) -> None:
        if self.as_json:
            self._print({"file": str(self.path), "error": error})
        else:
            complain(f"{now_text()}  {error}; the tasks stay as they are until the next change")

    def _print(self, value: dict[str, object]) -> None:
        click.echo(json.dumps({"at": now_text(), **value}, default=plain))


def now_text() -> str:
    """The time, for a line of output."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def signature(path: Path) -> Signature:
    """How a file, or the files of a folder, are now; empty if there is none."""
    files = sorted(path.rglob("*.md")) if path.is_dir() else [path]
    found = []
    for file in files:
        try:
            state = file.stat()
        except OSError:
            continue
        found.append((str(file), state.st_ino, state.st_mtime_ns, state.st_size))
    return tuple(found)


async def follow(
    engine: EngineAPI, watched: Watched, may_have_changed: AsyncIterator[None]
) -> None:
    """Import now, and each time ``may_have_changed`` yields if it did change."""
    await watched.import_if_changed(engine)
    async for _ in may_have_changed:
        await watched.import_if_changed(engine)


async def changes(path: Path, stop: asyncio.Event, debounce: int) -> AsyncIterator[None]:
    """Yields after each change near ``path``, and now and then; ends when ``stop`` is set."""
    from watchfiles import awatch  # noqa: PLC0415 - slow to import

    while not stop.is_set():
        folders, whole = _folders(path)
        if not folders:
            await _pause(stop)
            yield
            continue
        try:
            async for _ in awatch(
                *folders,
                watch_filter=None,
                step=debounce,
                debounce=4 * debounce,
                stop_event=stop,
                rust_timeout=CHECK_MS,
                yield_on_timeout=True,
                recursive=whole,
                raise_interrupt=False,
            ):
                yield
                if _folders(path) != (folders, whole):
                    break  # something else has taken its place
        except FileNotFoundError:
            yield


def _folders(path: Path) -> tuple[list[Path], bool]:
    """What to watch, of what there is, and whether with all that is below.

    A folder itself; around a file its folder, for the file may be replaced, and that of its target.
    """
    if path.is_dir():
        return [path], True
    around = {path.absolute().parent, Path(os.path.realpath(path)).parent}
    return sorted(folder for folder in around if folder.is_dir()), False


async def _pause(stop: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(stop.wait(), GONE_SECONDS)
    except TimeoutError:
        return
