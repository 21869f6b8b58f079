"""Fronts as processes, for tests that kill and stop them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[3]
PROGRAM = Path(__file__).with_name("front_program.py")


class FrontProcess:
    """One of them, with all it said so far."""

    def __init__(self, *words: str) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(
            [sys.executable, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
            cwd=ROOT,
        )
        self.said: list[dict[str, Any]] = []
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._listen, daemon=True)
        self._reader.start()

    @classmethod
    def start(cls, folder: Path, mode: str, count: int = 0, at_once: int = 8) -> FrontProcess:
        return cls(str(PROGRAM), str(folder), mode, str(count), str(at_once))

    def go(self) -> None:
        """Let it start creating tasks; again: let it stop."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("{"):
                with self._news:
                    self.said.append(json.loads(line))
                    self._news.notify_all()
        with self._news:
            self.said.append({"ended": True})
            self._news.notify_all()

    def values(self, name: str) -> list[Any]:
        return [each[name] for each in list(self.said) if name in each]

    def wait_for(self, condition: Callable[[FrontProcess], object], seconds: float = 90) -> None:
        with self._news:
            assert self._news.wait_for(lambda: condition(self), seconds), self.said[-5:]

    def wait_until_said(self, name: str, times: int = 1, seconds: float = 90) -> None:
        self.wait_for(lambda front: len(front.values(name)) >= times, seconds)

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self) -> None:
        """Let it leave in order."""
        if self.process.poll() is None:
            self.signal(signal.SIGCONT)
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            self.process.wait(60)
        finally:
            self.process.kill()
            self.process.wait()
            self._reader.join(10)
            assert self.process.stdout is not None
            self.process.stdout.close()
