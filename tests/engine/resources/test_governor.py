from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.resources.governor import READ_SECONDS, Governor
from engine.resources.sensors import MachineSensors, Reading
from engine.service_config import ServiceConfiguration
from tests.conftest import FakeClock

IDLE = Reading(5, 3, 40)
OTHERS = Reading(97, 50, 40)
OURS_ALONE = Reading(100, 2, 40)
MEMORY = Reading(5, 3, 93)
CHILD = """
import sys, time
input()
until = time.process_time() + 0.3
while time.process_time() < until:
    pass
print("done", flush=True)
sys.stdin.read()
"""


class Script:
    """Sensors that a test sets."""

    def __init__(self) -> None:
        self.reading = IDLE
        self.threads: set[int] = set()
        self.asked = 0

    def read(self) -> Reading:
        self.threads.add(threading.get_ident())
        self.asked += 1
        return self.reading


class Machine:
    """A governor and all it depends on."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock, self.sensors = clock, Script()
        self.configure()
        self.governor = Governor(lambda: self.config, clock, self.sensors)

    def configure(self, **resources) -> None:
        self.config = ServiceConfiguration.model_validate({"resources": resources})

    async def see(self, *readings: Reading) -> list[float]:
        shares = []
        for self.sensors.reading in readings:
            await self.governor.observe()
            shares.append(self.governor.share)
        return shares


@pytest.fixture
def machine(clock) -> Machine:
    return Machine(clock)


async def test_halved_under_pressure_and_back_by_tenths(machine: Machine) -> None:
    assert await machine.see(*[OTHERS] * 5) == [0.5, 0.25, 0.125, 0.1, 0.1]
    assert machine.governor.reason == "processors at 97%"
    assert await machine.see(*[IDLE] * 10) == [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.0]
    assert machine.governor.reason == ""


async def test_our_own_load_alone_is_no_pressure(machine: Machine) -> None:
    assert await machine.see(OURS_ALONE) == [1.0]


async def test_memory_is_pressure_whoever_uses_it(machine: Machine) -> None:
    assert await machine.see(MEMORY) == [0.5]
    assert machine.governor.reason == "memory at 93%"


async def test_the_limits_are_those_of_the_configuration_in_force(machine: Machine) -> None:
    machine.configure(cpu_percent=98.0)
    assert await machine.see(OTHERS) == [1.0]
    machine.configure(cpu_percent=97.0)
    assert await machine.see(OTHERS) == [0.5]


async def test_a_typist_has_the_machine_at_once_and_until_the_pause_is_over(
    machine: Machine, clock
) -> None:
    machine.governor.typed()
    assert (machine.governor.share, machine.governor.typing) == (0.25, True)
    assert machine.governor.reason == "a person is typing"
    clock.advance(1.9)
    machine.governor.typed()
    clock.advance(1.9)
    assert machine.governor.share == 0.25
    clock.advance(0.2)
    assert (machine.governor.share, machine.governor.typing) == (1.0, False)


async def test_pressure_that_asks_for_more_than_a_typist_is_the_reason(machine: Machine) -> None:
    machine.governor.typed()
    assert await machine.see(MEMORY, MEMORY, MEMORY) == [0.25, 0.25, 0.125]
    assert machine.governor.reason == "memory at 93%"


async def test_switched_off_it_is_always_all(machine: Machine) -> None:
    await machine.see(OTHERS)
    machine.configure(adapt=False)
    machine.governor.typed()
    assert (machine.governor.share, machine.governor.reason) == (1.0, "")
    asked = machine.sensors.asked
    assert await machine.see(OTHERS) == [1.0]
    assert machine.sensors.asked == asked


async def test_at_least_one_worker_and_one_operation(machine: Machine) -> None:
    assert (machine.governor.workers(4), machine.governor.batch(32)) == (4, 32)
    await machine.see(OTHERS, OTHERS, OTHERS, OTHERS)
    assert (machine.governor.workers(4), machine.governor.batch(32)) == (1, 3)
    await machine.see(*[IDLE] * 6)
    assert machine.governor.batch(10) == 7


async def test_the_loop_reads_each_second_on_a_thread(machine: Machine, clock) -> None:
    loop = asyncio.create_task(machine.governor.run())
    async with asyncio.timeout(10):
        for reads in (1, 2, 3):
            while machine.sensors.asked < reads or not clock._sleepers:  # noqa: ASYNC110 - a thread sets it
                await asyncio.sleep(0.001)
            assert machine.sensors.asked == reads
            clock.advance(READ_SECONDS)
    loop.cancel()
    assert threading.get_ident() not in machine.sensors.threads


@given(st.lists(st.sampled_from([IDLE, OTHERS, MEMORY, OURS_ALONE])), st.integers(1, 1000))
def test_whatever_comes_the_share_stays_between_its_bounds(readings, wanted: int) -> None:
    machine = Machine(FakeClock())

    async def check() -> None:
        for share in await machine.see(*readings):
            assert 0.1 <= share <= 1
        assert 1 <= machine.governor.workers(wanted) <= wanted

    asyncio.run(check())


def test_the_real_sensors_count_our_own_load_apart() -> None:
    sensors = MachineSensors()
    until = time.process_time() + 0.1
    while time.process_time() < until:  # the system counts in ticks of 10 ms
        pass
    reading = sensors.read()
    assert 0 <= reading.others < reading.processors <= 100
    assert 0 < reading.memory < 100


def test_a_child_s_load_is_ours() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        sensors = MachineSensors()
        child.stdin.write("go\n")
        child.stdin.flush()
        assert child.stdout.readline() == "done\n"
        reading = sensors.read()
        child.stdin.close()
    assert reading.processors - reading.others > 0


def test_one_that_ended_does_not_disturb_the_reading() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        sensors = MachineSensors()
        child.communicate(b"\n")
    assert 0 <= sensors.read().others <= 100
