from __future__ import annotations

import asyncio

import psutil
import pytest

from engine.errors import (
    DependencyDownError,
    InvalidInputError,
    UnknownOperationError,
    WorkerDiedError,
    WorkerError,
    WorkerTimeoutError,
)
from engine.operations import Completed

RUN = "async def run(self, kind, operations):"
ECHO = (RUN, "    return [Completed({'key': o.key, **o.payload}) for o in operations]")


def does(work: str) -> tuple[str, str, str]:
    """A plugin that does ``work`` for the key "bad", and what it should for others."""
    echo = "return [Completed({'key': o.key}) for o in operations]"
    return (RUN, f"    if operations[0].key == 'bad': {work}", f"    {echo}")


async def loaded(service) -> None:
    for _ in range(200):
        try:
            await service.probe()
        except DependencyDownError as error:
            if error.reason != "loading":
                raise
            await asyncio.wait({service._loading}, timeout=0.5)
        else:
            return
    pytest.fail("it did not load")


async def works(service, operations) -> None:
    """It does what it should, if need be in a new process."""
    await loaded(service)
    assert await service.run("work", operations("good")) == [Completed({"key": "good"})]


async def test_operations_in_and_outcomes_out(made, operations) -> None:
    service = made(*ECHO)
    await loaded(service)
    assert (service.kinds, service.batch_size) == ({"work", "other"}, 8)
    assert service.traits.description == "Does what a test wants."
    outcomes = await service.run("work", operations("a", "b", number=2**70))
    assert outcomes == [Completed({"key": key, "number": 2**70}) for key in "ab"]


async def test_it_is_degraded_while_it_loads_and_its_kinds_are_not_guessed(made) -> None:
    service = made("import time; time.sleep(0.5)", *ECHO)
    with pytest.raises(DependencyDownError, match="plugin odd: loading"):
        await service.probe()
    with pytest.raises(DependencyDownError, match="plugin odd: loading"):
        service.check_kind("work")
    await loaded(service)
    service.check_kind("work")
    with pytest.raises(UnknownOperationError, match="it has other, work"):
        service.check_kind("unknown")


async def test_what_it_wants_is_known_at_the_next_start(made) -> None:
    lines = ("on_task_change = 'work'", "every = {'other': 60}", *ECHO)
    first = made(*lines)
    assert first.for_task("t", "ann") == []
    await loaded(first)
    again = made(*lines)
    assert again.traits == first.traits
    (queued,) = again.for_task("t", "ann")
    assert (queued.service, queued.kind, queued.key, queued.origin) == ("odd", "work", "t", "ann")


async def test_damaged_memory_of_it_is_no_harm(made, context) -> None:
    (context.config.data_dir / "plugins").mkdir(parents=True)
    (context.config.data_dir / "plugins" / "odd.json").write_bytes(b'{"kinds": \xff')
    service = made(*ECHO)
    assert service.kinds == frozenset()
    await loaded(service)
    assert service.kinds == {"work", "other"}
    assert made(*ECHO).kinds == {"work", "other"}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("raise ImportError('no such tracker')", "ImportError: no such tracker"),
        ("sys.exit(3)", r"called sys\.exit\(3\)"),
        ("os._exit(4)", "exit code 4"),
        ("kinds = {'Not A Kind'}", r"its class is wrong: kinds\.0"),
        ("batch_size = 100000", "batch_size: Input should be less than or equal to 1000"),
        ("on_task_change = 'missing'", "not among its kinds: missing"),
        ("every = {'work': 0.001}", r"every\.work: Input should be greater"),
        ("name = 'other'", "its class is named 'other', its entry point 'odd'"),
        ("def __init__(self, context): raise OSError('full')", "OSError: full"),
    ],
)
async def test_one_that_cant_be_loaded_says_why(made, clock, line, told) -> None:
    service = made(line, *ECHO)
    with pytest.raises(DependencyDownError, match=f"plugin odd: it can't be loaded: .*{told}"):
        await loaded(service)
    assert service.pid is None
    with pytest.raises(DependencyDownError, match="can't be loaded"):
        await service.probe()
    assert service.pid is None, "it is left alone for a while"
    made(*ECHO)  # someone corrects it
    clock.advance(61)
    await loaded(service)


async def test_what_is_no_service_is_refused(made) -> None:
    service = made(head="Service = print\n")
    with pytest.raises(DependencyDownError, match=r"no subclass of engine\.BackgroundService"):
        await loaded(service)


@pytest.mark.parametrize(
    ("work", "error", "told"),
    [
        ("raise KeyError('x')", WorkerError, "KeyError: 'x'"),
        ("raise DependencyDownError('tracker', 'away')", DependencyDownError, "tracker: away"),
        ("raise InvalidInputError('never')", InvalidInputError, "plugin odd: never"),
        ("raise ValueError('\\ud800')", WorkerError, "plugin odd: "),
        ("sys.exit(3)", WorkerError, r"called sys\.exit\(3\)"),
        ("return []", WorkerError, "0 outcomes for 1 operations"),
        ("return ['done']", WorkerError, "an outcome is one of"),
        ("return [Completed({'x': 'x' * 200_000})]", WorkerError, "100,000 are allowed"),
        ("bytearray(3 * 1024**3)", WorkerError, "MemoryError"),
        ("os._exit(7)", WorkerDiedError, "exit code 7"),
        ("ctypes.string_at(0)", WorkerDiedError, "SIGSEGV"),
        ("os.closerange(3, 50)", WorkerDiedError, "plugin odd: it "),
        (
            "os.write(4, b'x' * 99)",
            WorkerDiedError,
            "it sent what is not a reply",
        ),
    ],
)
async def test_misbehaviour_is_an_error_and_it_goes_on(made, operations, work, error, told) -> None:
    service = made(*does(work))
    await works(service, operations)
    with pytest.raises(error, match=told):
        await service.run("work", operations("bad"))
    await works(service, operations)


async def test_a_flood_of_output_is_drained(made, operations) -> None:
    service = made(*does("os.write(1, b'noise' * 1_000_000); print('word ' * 1_000_000)"))
    await works(service, operations)
    assert await service.run("work", operations("bad")) == [Completed({"key": "bad"})]
    assert sum(map(len, service.output)) <= 50 * 500


async def test_one_that_hangs_is_killed_and_started_again(made, operations, context) -> None:
    service = made(*does("time.sleep(3600)"))
    await works(service, operations)
    pid = service.pid
    context.config = context.config.model_copy(update={"operation_timeout_seconds": 0.3})
    with pytest.raises(WorkerTimeoutError, match=r"plugin odd: run took longer than 0\.3 s"):
        await service.run("work", operations("bad"))
    assert not psutil.pid_exists(pid)
    context.config = context.config.model_copy(update={"operation_timeout_seconds": 30.0})
    await works(service, operations)


async def test_a_cancelled_batch_is_really_stopped(made, operations) -> None:
    service = made(*does("time.sleep(3600)"))
    await works(service, operations)
    pid = service.pid
    batch = asyncio.create_task(service.run("work", operations("bad")))
    await asyncio.sleep(0.05)
    await service.probe()  # does not wait behind it
    batch.cancel()
    with pytest.raises(asyncio.CancelledError):
        await batch
    assert not psutil.pid_exists(pid)
    await works(service, operations)


async def test_after_a_crash_operations_go_singly_for_a_while(made, operations) -> None:
    service = made(*does("os._exit(1)"))
    await loaded(service)
    with pytest.raises(WorkerDiedError):
        await service.run("work", operations("bad", "a"))
    assert service.batch_size == 1
    for _ in range(8):
        await works(service, operations)
    assert service.batch_size == 8


async def test_one_that_always_crashes_is_left_alone_and_work_waits(
    made, operations, clock
) -> None:
    service = made(*does("os._exit(1)"))
    for _ in range(4):
        await loaded(service)
        with pytest.raises(WorkerDiedError):
            await service.run("work", operations("bad"))
    with pytest.raises(DependencyDownError, match="it keeps ending"):
        await loaded(service)
    with pytest.raises(DependencyDownError, match="it keeps ending"):
        await service.run("work", operations("good"))
    clock.advance(61)
    await works(service, operations)


async def test_a_probe_that_fails_says_so(made) -> None:
    service = made("async def probe(self): raise ValueError('no answer')", *ECHO)
    with pytest.raises(DependencyDownError, match="plugin odd: ValueError: no answer"):
        await loaded(service)


async def test_one_event_loop_for_its_life(made, operations) -> None:
    run = "    self.loop = getattr(self, 'loop', None) or asyncio.get_running_loop()"
    same = "    return [Completed({'same': self.loop is asyncio.get_running_loop()})]"
    service = made(RUN, run, same)
    await loaded(service)
    for _ in range(2):
        assert await service.run("work", operations("a")) == [Completed({"same": True})]
