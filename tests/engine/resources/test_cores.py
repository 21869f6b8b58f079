from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from engine.resources import cores
from engine.resources.cores import Confinement, confine

if TYPE_CHECKING:
    from collections.abc import Iterator

linux = pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs Linux's affinity")

PROGRAM = """
import subprocess, sys, threading
for _ in range(4):
    threading.Thread(target=threading.Event().wait, daemon=True).start()
grandchild = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
print("ready", flush=True)
for line in sys.stdin:  # each line starts one thread more
    threading.Thread(target=threading.Event().wait, daemon=True).start()
    print("started", flush=True)
grandchild.communicate()
"""


@pytest.fixture
def child() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "ready\n"
        yield process
        process.stdin.close()


def bound(pid: int) -> list[set[int]]:
    """Processors of each thread of a process and of its children."""
    family = [pid, *(p.pid for p in psutil.Process(pid).children(recursive=True))]
    threads = [int(t.name) for p in family for t in Path(f"/proc/{p}/task").iterdir()]
    return [os.sched_getaffinity(thread) for thread in threads]


@linux
def test_all_threads_and_children_get_one_processor_and_all_back(child) -> None:
    before = os.sched_getaffinity(0)
    assert confine(child.pid, True) == Confinement(True)
    found = bound(child.pid)
    assert len(found) >= 6  # the child's five and the grandchild's one
    assert all(len(cores) == 1 and cores <= before for cores in found)
    assert len({tuple(cores) for cores in found}) == 1
    child.stdin.write("one more\n")
    child.stdin.flush()
    assert child.stdout.readline() == "started\n"
    assert bound(child.pid) == [found[0]] * (len(found) + 1)
    assert confine(child.pid, False) == Confinement(True)
    assert all(cores == before for cores in bound(child.pid))
    assert os.sched_getaffinity(0) == before


@linux
def test_a_processor_that_is_gone_is_passed_over(child, monkeypatch) -> None:
    there = cores.allowed()
    monkeypatch.setattr(cores, "allowed", lambda: (1000, *there))
    assert confine(child.pid, True) == Confinement(True)
    assert {tuple(found) for found in bound(child.pid)} == {(there[0],)}
    assert confine(child.pid, False) == Confinement(True)
    assert all(found == set(there) for found in bound(child.pid))


@linux
def test_no_processor_to_be_had_is_said(child, monkeypatch) -> None:
    monkeypatch.setattr(cores, "allowed", lambda: (1000,))
    done, reason = confine(child.pid, True)
    assert not done
    assert "1000" in reason


def test_a_process_that_is_gone() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    done, reason = confine(process.pid, True)
    assert not done
    assert reason


def test_a_platform_without_affinity_says_so(monkeypatch) -> None:
    monkeypatch.delattr(psutil.Process, "cpu_affinity", raising=False)
    cores.allowed.cache_clear()
    try:
        done, reason = confine(None, True)
    finally:
        cores.allowed.cache_clear()
    assert (done, "platform" in reason) == (False, True)
