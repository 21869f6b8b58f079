"""The examples of docs/plugins.md, installed as a stranger would and run."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest

from engine.errors import DependencyDownError
from engine.operations import Cancelled, Completed
from engine.plugins.loading import keep_time, load

DOCS = Path(__file__).resolve().parents[3] / "docs" / "plugins.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture
def example(install):
    (project,) = blocks("toml")
    described = tomllib.loads(project)["project"]
    entries = described["entry-points"]["vespera.services"]
    install.package(described["name"], entries, blocks("python")[0])
    return install


@pytest.fixture
async def service(example, context):
    (service,), problems = await asyncio.to_thread(load, context)
    assert problems == []
    yield service
    await service.stop()


async def loaded(service) -> None:
    with pytest.raises(DependencyDownError, match="loading"):
        await service.probe()
    await service._loading
    await service.probe()


async def test_the_example_counts_and_reports(service, add_task, operations, context) -> None:
    await add_task("a", "three short words")
    await add_task("b", "one")
    await loaded(service)
    assert (service.traits.title, service.batch_size) == ("Word count", 50)
    assert service.for_task("a", "ann")[0].kind == "count_words"
    outcomes = await service.run("count_words", operations("a", "gone", "b"))
    assert outcomes == [
        Completed({"words": 3}),
        Cancelled("the task is gone"),
        Completed({"words": 1}),
    ]
    folder = context.config.data_dir / "plugins" / "word_count"
    assert "counted a" in (folder / "plugin.log").read_text(encoding="utf-8")
    (outcome,) = await service.run("write_report", operations("regular"))
    assert outcome == Completed({"bytes": 19})
    assert (folder / "report.txt").read_text() == "4 words in 2 tasks\n"


async def test_what_is_wanted_regularly_is_queued(service, context, clock) -> None:
    await loaded(service)
    queued = []

    async def enqueue(operations):
        queued.extend(operations)

    context.queue = SimpleNamespace(enqueue=enqueue)
    keeping = asyncio.create_task(keep_time([service], context))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    keeping.cancel()
    (operation,) = queued
    assert (operation.service, operation.kind) == ("word_count", "write_report")
    assert operation.delay == operation.max_wait == 3600


def test_the_example_of_a_test_passes(example) -> None:
    code = blocks("python")[1]
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=60)


def test_switched_off_nothing_is_loaded(example, context) -> None:
    off = context.config.plugins.model_copy(update={"enabled": False})
    context.config = context.config.model_copy(update={"plugins": off})
    assert load(context) == ([], [])
