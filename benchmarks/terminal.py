"""A program in a terminal of its own, seen as a person sees it: keys in, a picture out."""

from __future__ import annotations

import fcntl
import os
import pty
import queue
import signal
import struct
import subprocess
import termios
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psutil
import pyte

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

LONGEST_WAIT = 60.0
STOP_SECONDS = 30.0
READ_SECONDS = 0.2
CHUNK = 65_536


class Terminal:
    """Runs ``command`` at ``size`` (columns, rows) until :meth:`close`."""

    def __init__(self, command: Sequence[str], size: tuple[int, int]) -> None:
        columns, rows = size
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._chunks: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
        self._own_end, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        self.started = self._pressed = time.perf_counter()
        self._program = subprocess.Popen(  # noqa: S603 - this program itself
            command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, close_fds=True
        )
        os.close(theirs)
        threading.Thread(target=self._read, daemon=True).start()

    @property
    def process(self) -> psutil.Process:
        return psutil.Process(self._program.pid)

    @property
    def text(self) -> str:
        """What is shown, a line a row."""
        return "\n".join(self._screen.display)

    def press(self, keys: str) -> float:
        """Type ``keys``; when it was."""
        self._pressed = time.perf_counter()
        os.write(self._own_end, keys.encode())
        return self._pressed

    def until(self, shown: Callable[[str], object], seconds: float = LONGEST_WAIT) -> float:
        """Read on until ``shown`` is true of what is on the screen; when that had come.

        What came before the last key was pressed is no answer to it.
        """
        limit = time.perf_counter() + seconds
        while time.perf_counter() < limit:
            # drawing takes longer than reading, and the program waits for what reads
            time.sleep(READ_SECONDS)
            for at, chunk in iter(self._next, None):
                self._stream.feed(chunk)
                if at > self._pressed and shown(self.text):
                    return at
        raise SystemExit(f"this was not shown in {seconds:.0f} s; the screen is\n{self.text}")

    def watch(self, seconds: float) -> int:
        """Read on for so long; how many bytes came."""
        time.sleep(seconds)
        total = 0
        for _, chunk in iter(self._next, None):
            self._stream.feed(chunk)
            total += len(chunk)
        return total

    def _next(self) -> tuple[float, bytes] | None:
        try:
            return self._chunks.get_nowait()
        except queue.Empty:
            return None

    def close(self) -> None:
        """Stop it as a closed terminal does, and wait until it is gone."""
        self._program.send_signal(signal.SIGTERM)
        try:
            self._program.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._program.kill()
            self._program.wait()
        os.close(self._own_end)

    def _read(self) -> None:
        while True:
            try:
                chunk = os.read(self._own_end, CHUNK)
            except OSError:  # the program is gone
                return
            self._chunks.put((time.perf_counter(), chunk))


@contextmanager
def terminal(command: Sequence[str], size: tuple[int, int] = (120, 40)) -> Iterator[Terminal]:
    opened = Terminal(command, size)
    try:
        yield opened
    finally:
        opened.close()
