"""The program in a terminal of its own: what it leaves behind, whatever ends it."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LEFT = {
    "the other screen": (b"\x1b[?1049h", b"\x1b[?1049l"),
    "the hidden cursor": (b"\x1b[?25l", b"\x1b[?25h"),
    "the mouse": (b"\x1b[?1000h", b"\x1b[?1000l"),
    "bracketed paste": (b"\x1b[?2004h", b"\x1b[?2004l"),
}
CRASH = """
import sys
from vespera_tui import app
def broken(self):
    if self.stage.snapshot is not None:
        raise RuntimeError("boom [/x]\\x1b")
app.VesperaApp.refresh_keys = broken
from vespera_tui.cli import main
sys.argv[1:] = ["--demo-feed"]
main()
"""
UNREAD = """
import sys
from vespera_tui.first_look import FirstLook
from vespera_tui.running import Start, run_dashboard
def load():
    raise ValueError("a defect in [/x]\\x1b")
sys.exit(run_dashboard(Start(load, FirstLook())))
"""
GARBAGE = """
import gc, sys
from vespera_tui import garbage, running
was, go_on = [], garbage.go_on
def told():
    was.append(gc.isenabled())
    go_on()
    print(f"garbage {was[0]} {gc.isenabled()} {gc.get_freeze_count() > 0}", file=sys.__stderr__)
garbage.go_on = told
garbage.tidy = lambda: print("at all of it", file=sys.__stderr__)
from vespera_tui.cli import main
sys.argv[1:] = ["--demo-feed"]
main()
"""
DEMO = [sys.executable, "-m", "vespera_tui", "--demo-feed"]


class Terminal:
    """A program that runs in a pseudo terminal."""

    def __init__(self, command: list[str]) -> None:
        self._master, slave = pty.openpty()
        environment = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, env=environment, cwd=ROOT
        )
        os.close(slave)
        self.output = b""

    def until(self, text: bytes) -> None:
        end = time.monotonic() + 60
        while text not in self.output and time.monotonic() < end:
            if not self._read():
                break
        assert text in self.output, self.output[-2000:]

    def _read(self) -> bool:
        if not select.select([self._master], [], [], 1.0)[0]:
            return self.process.poll() is None
        try:
            self.output += os.read(self._master, 65_536)
        except OSError:  # the other end is closed
            return False
        return True

    def press(self, keys: bytes) -> None:
        os.write(self._master, keys)

    def close(self) -> None:
        """As a window is closed, or a line breaks."""
        os.close(self._master)

    def end(self) -> int:
        while self._read():
            pass
        code = self.process.wait(60)
        os.close(self._master)
        return code


def assert_clean(output: bytes) -> None:
    for what, (on, off) in LEFT.items():
        assert on in output, f"{what} was never used"
        assert output.rfind(off) > output.rfind(on), f"{what} is left on"


@pytest.mark.parametrize("how", ["q", "SIGTERM", "SIGHUP", "SIGINT"])
def test_the_terminal_is_left_as_it_was(how: str) -> None:
    terminal = Terminal(DEMO)
    terminal.until(b"Embedding")
    if how == "q":
        terminal.press(b"q")
    else:
        terminal.process.send_signal(getattr(signal, how))
    assert terminal.end() == 0
    assert_clean(terminal.output)


def test_a_terminal_that_is_closed_takes_the_program_with_it() -> None:
    terminal = Terminal(DEMO)
    terminal.until(b"Embedding")
    terminal.close()
    terminal.process.send_signal(signal.SIGHUP)
    assert terminal.process.wait(60) == 128 + signal.SIGHUP


def test_a_crash_leaves_the_terminal_clean_and_says_where_the_log_is() -> None:
    terminal = Terminal([sys.executable, "-c", CRASH])
    assert terminal.end() == 1
    assert_clean(terminal.output)
    last = terminal.output[terminal.output.rfind(b"\x1b[?1049l") :]
    assert b"unexpected RuntimeError: boom [/x]" in last
    assert b"\x1b" not in last.split(b"RuntimeError", 1)[1]
    path = Path(last.decode().split("the details are in ")[1].split(")")[0])
    assert "boom" in path.read_text("utf-8")
    path.unlink()


def test_a_defect_while_the_configuration_is_read_is_told_and_is_no_success() -> None:
    terminal = Terminal([sys.executable, "-c", UNREAD])
    assert terminal.end() == 1
    last = terminal.output[terminal.output.rfind(b"\x1b[?1049l") :]
    assert "vespera-tui: ValueError: a defect in [/x]␛".encode() in last


def test_garbage_is_looked_for_again_once_the_start_is_over() -> None:
    terminal = Terminal([sys.executable, "-c", GARBAGE])
    terminal.until(b"garbage False True True")
    terminal.until(b"at all of it")
    terminal.press(b"q")
    assert terminal.end() == 0


@pytest.mark.parametrize(
    ("options", "setting", "code", "message"),
    [
        (["--demo-feed"], {"workers": 0}, 2, b"workers: 0 is not allowed"),
        ([], {"workers": 0}, 2, b"workers: 0 is not allowed"),
        ([], {"dashboard": {"keymap": {"help": "q"}}}, 2, b"would be that of two actions"),
        ([], {"data_dir": "/dev/null/x"}, 4, b"can't be written"),
    ],
)
def test_what_is_wrong_with_the_configuration_ends_the_start_with_one_line(
    options: list[str], setting: dict[str, object], code: int, message: bytes, tmp_path: Path
) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps({"data_dir": str(tmp_path / "data"), **setting}))
    words = ["-m", "vespera_tui", "--config", str(file), *options]
    terminal = Terminal([sys.executable, *words])
    assert terminal.end() == code
    line = terminal.output.rpartition(b"\x1b")[2]
    assert b"vespera-tui: error: " in line
    assert message in line
    if b"\x1b" in terminal.output:  # it was painted already
        assert_clean(terminal.output)
