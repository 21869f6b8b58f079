from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from engine.errors import StoreUnavailableError, WorkerDiedError, WorkerError, WorkerTimeoutError
from engine.workers.child import ChildProcess

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HERE = Path(__file__).resolve().parent
ENV = {**os.environ, "PYTHONPATH": str(HERE)}


@pytest.fixture
async def child() -> AsyncIterator[ChildProcess]:
    made = ChildProcess("test", "child_program", env=ENV)
    yield made
    await made.stop()


async def test_values_go_there_and_back(child: ChildProcess) -> None:
    value = {"text": "ä\0", "bytes": b"\x00\xff", "list": [1, 2.5, None, True]}
    assert await child.call("echo", {"value": value}, seconds=20) == value


async def test_what_a_library_prints_does_not_reach_the_stream(child: ChildProcess) -> None:
    assert await child.call("shout", {"text": "noise\n" * 100}, seconds=20) == "noise\n" * 100
    assert await child.call("echo", {"value": 1}, seconds=20) == 1


async def test_errors_keep_their_kind(child: ChildProcess) -> None:
    with pytest.raises(StoreUnavailableError, match="away for a test") as down:
        await child.call("down", seconds=20)
    assert down.value.dependency == "chroma"
    with pytest.raises(WorkerError, match="ValueError: on purpose") as wrong:
        await child.call("wrong", seconds=20)
    assert "child_program" in wrong.value.remote_traceback


async def test_one_that_dies_says_how_and_is_started_again(child: ChildProcess) -> None:
    with pytest.raises(WorkerDiedError, match=r"exit code 7.*last .* ?words"):
        await child.call("die", seconds=20)
    assert await child.call("echo", {"value": 1}, seconds=20) == 1


async def test_one_that_hangs_is_killed(child: ChildProcess) -> None:
    pid = await child.call("pid", seconds=20)
    other = asyncio.ensure_future(child.call("hang", seconds=20))
    with pytest.raises(WorkerTimeoutError, match=r"hang took longer than 0\.2 s"):
        await child.call("hang", seconds=0.2)
    with pytest.raises(WorkerDiedError, match="killed"):
        await other
    assert not psutil.pid_exists(pid)
    assert await child.call("echo", {"value": 1}, seconds=20) == 1


async def test_an_urgent_call_overtakes_what_waits(child: ChildProcess) -> None:
    await child.call("echo", {"value": 1}, seconds=20)
    calls = [
        asyncio.ensure_future(child.call("wait", {"seconds": 0.3}, seconds=20)),
        asyncio.ensure_future(child.call("note", {"name": "later"}, seconds=20)),
        asyncio.ensure_future(child.call("note", {"name": "first"}, seconds=20, urgent=True)),
    ]
    await asyncio.gather(*calls)
    assert await child.call("note", {"name": "end"}, seconds=20) == ["first", "later", "end"]


async def test_a_cancelled_call_does_not_disturb_the_next(child: ChildProcess) -> None:
    await child.call("echo", {"value": 1}, seconds=20)
    call = asyncio.ensure_future(child.call("wait", {"seconds": 0.2}, seconds=20))
    await asyncio.sleep(0)
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    assert await child.call("echo", {"value": "mine"}, seconds=20) == "mine"


async def test_one_that_keeps_dying_is_left_alone_for_a_while(child: ChildProcess, clock) -> None:
    child = ChildProcess("test", "child_program", clock=clock, env=ENV)
    for _ in range(4):
        with pytest.raises(WorkerDiedError, match="exit code 7"):
            await child.call("die", seconds=20)
    with pytest.raises(WorkerDiedError, match="keeps ending"):
        await child.call("echo", {"value": 1}, seconds=20)
    clock.advance(61)
    assert await child.call("echo", {"value": 1}, seconds=20) == 1
    await child.stop()


def test_it_ends_with_its_parent() -> None:
    program = (
        "import asyncio, os\n"
        "from engine.workers.child import ChildProcess\n"
        "async def main():\n"
        "    child = ChildProcess('test', 'child_program')\n"
        "    print(await child.call('pid', seconds=20), flush=True)\n"
        "    asyncio.ensure_future(child.call('hang', seconds=20))\n"
        "    await asyncio.sleep(0.1)\n"
        "    os._exit(1)\n"
        "asyncio.run(main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=ENV, capture_output=True, check=False
    )
    psutil.wait_procs([psutil.Process(p) for p in [int(done.stdout)] if psutil.pid_exists(p)], 5)
    assert not psutil.pid_exists(int(done.stdout))


async def test_the_time_behind_other_calls_does_not_count(child: ChildProcess) -> None:
    await child.call("echo", {"value": 0}, seconds=20)
    long = asyncio.ensure_future(child.call("wait", {"seconds": 1.0}, seconds=20))
    await asyncio.sleep(0.1)
    assert await child.call("echo", {"value": 1}, seconds=0.5) == 1
    await long


async def test_a_call_behind_one_that_hangs_is_told_when_that_is_killed(
    child: ChildProcess,
) -> None:
    await child.call("echo", {"value": 0}, seconds=20)
    hanging = asyncio.ensure_future(child.call("hang", seconds=1.0))
    await asyncio.sleep(0.1)
    with pytest.raises(WorkerDiedError, match="hang took longer than 1 s"):
        await child.call("echo", {"value": 1}, seconds=0.2)
    with pytest.raises(WorkerTimeoutError):
        await hanging
