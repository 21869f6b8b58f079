from __future__ import annotations

import asyncio
import json
import stat
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from engine.configuration.sections import AlertSettings
from engine.monitoring.delivery import WAITING, Delivery, check_command, check_webhook
from engine.monitoring.events import EventLog
from engine.service_config import ServiceConfiguration
from engine.snapshots import Alert

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

RAISED = Alert(
    "disk.data", "critical", 'only 3 MB free; "make room" \x1b[0m é', since=1_800_000_000.5
)
RESOLVED = Alert("disk.data", "critical", "only 3 MB free", since=5.0, resolved_at=9.0)
OBJECT = {
    "id": "disk.data",
    "severity": "critical",
    "message": RAISED.message,
    "since": 1_800_000_000.5,
    "state": "raised",
}


class Bench:
    """A delivery whose settings can be changed, and the events it wrote."""

    def __init__(self, clock, data_dir: Path) -> None:
        self.clock, self.events = clock, EventLog(clock)
        self.config = ServiceConfiguration(data_dir=data_dir)
        self.delivery = Delivery(
            lambda: self.config, clock, self.events, command_seconds=10, webhook_seconds=10
        )

    def set(self, **settings: str) -> None:
        # as read from a file by someone who did not check them
        alerts = AlertSettings().model_copy(update=settings)
        self.config = self.config.model_copy(update={"alerts": alerts})

    def messages(self) -> list[str]:
        found = self.events.after(0, 1000)
        assert {event.kind for event in found} <= {"alert.undelivered"}
        return [event.message for event in found]

    async def until_given_up(self) -> str:
        """Let the pauses between attempts pass until a delivery is given up; why it was."""
        await until(lambda: self.messages() or self.clock.advance(10))
        return self.messages()[0]


async def until(true) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110 - what is waited for happens in another process
            await asyncio.sleep(0.01)


@pytest.fixture
async def bench(clock, tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(clock, tmp_path)
    before = asyncio.all_tasks()
    yield made
    await made.delivery.close()
    assert asyncio.all_tasks() - {asyncio.current_task()} <= before


@pytest.fixture
def script(tmp_path: Path):
    """Writes a program; its lines are Python, ``here`` is the folder it is in."""

    def write(*lines: str) -> str:
        path = tmp_path / "notify me.py"
        head = f"#!{sys.executable}\nimport os, pathlib, sys, time\n"
        here = "here = pathlib.Path(__file__).parent\n"
        path.write_text(head + here + "\n".join(lines), encoding="utf-8")
        path.chmod(stat.S_IRWXU)
        return f"'{path}'"

    return write


KEEP_INPUT = "with (here / 'got').open('a') as f: f.write(sys.stdin.read() + '\\n')"


def got(folder: Path) -> list[dict[str, object]]:
    path = folder / "got"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return [json.loads(line) for line in text.splitlines() if text.endswith("\n")]


async def test_a_command_reads_the_alert_as_json(bench: Bench, script, tmp_path: Path) -> None:
    bench.set(command=script(KEEP_INPUT))
    bench.delivery.submit(RAISED)
    bench.delivery.submit(RESOLVED)
    await until(lambda: len(got(tmp_path)) == 2)
    first, second = got(tmp_path)
    assert first == OBJECT
    assert second["state"] == "resolved"
    assert bench.messages() == []


async def test_a_command_is_split_but_no_shell_sees_it(bench: Bench, script, tmp_path) -> None:
    command = script("(here / 'args').write_text(repr(sys.argv[1:]))")
    bench.set(command=f"{command} '$(touch x)' ; && \"two words\"")
    bench.delivery.submit(RAISED)
    await bench.delivery.close()
    assert (tmp_path / "args").read_text() == "['$(touch x)', ';', '&&', 'two words']"


async def test_a_flood_of_output_goes_nowhere(bench: Bench, script, tmp_path: Path) -> None:
    flood = "for _ in range(300): os.write(1, b'x' * 65536); os.write(2, b'y' * 65536)"
    bench.set(command=script(flood, KEEP_INPUT))
    bench.delivery.submit(RAISED)
    await until(lambda: got(tmp_path))
    assert bench.messages() == []


async def test_a_command_need_not_read_and_may_leave_a_process_behind(bench: Bench, script) -> None:
    bench.set(command=script("os.fork() or time.sleep(3)"))
    bench.delivery.submit(RAISED)
    started = time.monotonic()
    await bench.delivery.close()
    assert time.monotonic() - started < 2.5
    assert bench.messages() == []


async def test_a_failing_command_is_tried_three_times(bench: Bench, script, tmp_path) -> None:
    bench.set(command=script(KEEP_INPUT, "sys.exit(7)"))
    bench.delivery.submit(RAISED)
    message = await bench.until_given_up()
    assert message.startswith("alerts.command: raised: ")
    assert "ended with exit code 7 (attempted 3 times)" in message
    assert len(got(tmp_path)) == 3
    assert bench.delivery.undelivered == 1


async def test_a_second_attempt_can_succeed(bench: Bench, script, tmp_path: Path) -> None:
    bench.set(command=script("sys.exit(0 if (here / 'mended').exists() else 1)"))
    bench.delivery.submit(RAISED)
    await until(lambda: bench.clock._sleepers)
    (tmp_path / "mended").touch()
    bench.clock.advance(2)
    await bench.delivery.close()
    assert bench.messages() == []


async def test_a_command_that_does_not_exist(bench: Bench) -> None:
    bench.set(command="/nowhere/at/all")
    bench.delivery.submit(RAISED)
    assert "/nowhere/at/all can't be run: No such file" in await bench.until_given_up()


needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")


def alive(pid: int) -> bool:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return text.rsplit(")", 1)[1].split()[0] != "Z"


HANG = (
    "child = os.fork()",
    "if child: (here / f'pid.{child}.{os.getpid()}').touch()",
    "time.sleep(600)",
)


def pids(folder: Path) -> list[int]:
    return [int(pid) for path in folder.glob("pid.*") for pid in path.name.split(".")[1:]]


@needs_proc
async def test_a_command_that_hangs_is_killed_with_its_children(bench, script, tmp_path) -> None:
    bench.delivery._command_seconds = 2
    bench.set(command=script(*HANG))
    bench.delivery.submit(RAISED)
    assert "killed after 2 s (attempted 3 times)" in await bench.until_given_up()
    assert pids(tmp_path)
    await until(lambda: not any(alive(pid) for pid in pids(tmp_path)))


@needs_proc
async def test_closing_ends_what_hangs_within_seconds(bench, script, tmp_path) -> None:
    bench.set(command=script(*HANG))
    bench.delivery.submit(RAISED)
    bench.delivery.submit(RESOLVED)
    await until(lambda: pids(tmp_path))
    started = time.monotonic()
    await bench.delivery.close()
    assert time.monotonic() - started < 5
    await until(lambda: not any(alive(pid) for pid in pids(tmp_path)))
    assert [m.split(";")[0] for m in bench.messages()] == [
        "alerts.command: raised: the engine stopped first",
        "alerts.command: resolved: the engine stopped first",
    ]
    bench.delivery.submit(RAISED)
    assert "the engine has stopped" in bench.messages()[-1]


async def test_too_many_at_once_are_counted_and_said(bench: Bench, script) -> None:
    bench.set(command=script(*HANG))
    for _ in range(WAITING + 3):  # nothing is awaited, so none has left the queue
        bench.delivery.submit(RAISED)
    assert bench.delivery.undelivered == 3
    assert bench.messages()[-1].endswith("100 others wait before it; 3 undelivered so far")


async def test_without_settings_nothing_runs(bench: Bench) -> None:
    before = asyncio.all_tasks()
    bench.delivery.submit(RAISED)
    assert asyncio.all_tasks() == before


class Target:
    """What the local server saw, and how it answers."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, bytes]] = []
        self.statuses: list[int] = []
        self.released = threading.Event()
        self.hang = False
        self.url = ""


@contextmanager
def serving(target: Target) -> Iterator[None]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            target.seen.append((self.path, self.headers["Content-Type"], body))
            if target.hang:
                target.released.wait(30)
                return
            status = target.statuses.pop(0) if target.statuses else 204
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    target.url = f"http://127.0.0.1:{server.server_port}/hook?token=secret"
    try:
        yield
    finally:
        target.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def target(monkeypatch) -> Iterator[Target]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    made = Target()
    with serving(made):
        yield made


async def test_a_webhook_gets_the_alert_as_json(bench: Bench, target: Target) -> None:
    bench.set(webhook=target.url)
    bench.delivery.submit(RAISED)
    await until(lambda: target.seen)
    await bench.delivery.close()
    ((path, kind, body),) = target.seen
    assert (path, kind, json.loads(body)) == ("/hook?token=secret", "application/json", OBJECT)
    assert bench.messages() == []


async def test_a_webhook_that_answers_500_is_tried_again(bench: Bench, target: Target) -> None:
    target.statuses = [500, 503]
    bench.set(webhook=target.url)
    bench.delivery.submit(RAISED)
    await until(lambda: len(target.seen) == 3 or bench.clock.advance(10))
    await bench.delivery.close()
    assert bench.messages() == []


@pytest.mark.parametrize("status", [500, 302, 404])
async def test_a_webhook_that_never_accepts_is_given_up(bench, target, status) -> None:
    target.statuses = [status] * 3
    bench.set(webhook=target.url)
    bench.delivery.submit(RAISED)
    message = await bench.until_given_up()
    assert f"alerts.webhook: raised: it answered with status {status}" in message
    assert [path for path, *_ in target.seen] == ["/hook?token=secret"] * 3
    assert "secret" not in message


async def test_a_webhook_that_hangs_holds_up_no_command(bench, target, script, tmp_path) -> None:
    bench.delivery._webhook_seconds = 1
    target.hang = True
    bench.set(webhook=target.url, command=script(KEEP_INPUT))
    bench.delivery.submit(RAISED)
    await until(lambda: got(tmp_path))
    assert "no answer in 1 s" in await bench.until_given_up()


async def test_a_webhook_that_nobody_serves(bench: Bench, monkeypatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    bench.set(webhook="http://127.0.0.1:1/hook")
    bench.delivery.submit(RAISED)
    assert "alerts.webhook: raised: ConnectError" in await bench.until_given_up()


BAD_COMMANDS = ["notify 'x", "notify \\", "   ", "''", "notify\0"]
BAD_WEBHOOKS = [
    "ftp://host/x",
    "host/x",
    "http://",
    "https:///path",
    "http://host:port/",
    "http://host:99999/",
    "http://[::1/",
    "http://ho st/",
    "http://host/\n",
    "file:///etc/passwd",
    "javascript:alert(1)",
]


@pytest.mark.parametrize(
    ("name", "value"),
    [*(("command", v) for v in BAD_COMMANDS), *(("webhook", v) for v in BAD_WEBHOOKS)],
)
async def test_a_bad_setting_is_named_and_breaks_nothing(bench: Bench, name, value) -> None:
    bench.set(**{name: value})
    bench.delivery.submit(RAISED)
    await bench.delivery.close()
    (message,) = bench.messages()
    assert message.startswith(f"alerts.{name}: raised: ")
    assert "correct the setting" in message
    with pytest.raises(ValueError, match=r"command|address"):
        {"command": check_command, "webhook": check_webhook}[name](value)


@pytest.mark.parametrize("text", ["", "notify", "'/a b/notify' --to \"x y\""])
def test_good_commands_pass(text: str) -> None:
    assert check_command(text) == text


@pytest.mark.parametrize(
    "text", ["", "http://localhost:8080/x?y=z", "https://hooks.example.org/a", "http://[::1]:80/"]
)
def test_good_addresses_pass(text: str) -> None:
    assert check_webhook(text) == text
