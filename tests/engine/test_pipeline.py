"""The promise of the whole: the three stores reach parity by themselves, and say so when not."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from engine.exchange.format import read_file
from engine.exchange.sample import sample_path
from engine.service_config import ServiceConfiguration
from engine.stores.triple_db_service import TripleDBService, triple_db_lifespan

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


def config(data_dir: Path, **more) -> ServiceConfiguration:
    quick = {
        "embedding": {"embed_delay_seconds": 0.0, **more.pop("embedding", {})},
        "incremental_sync": {"sync_delay_seconds": 0.0},
        "cycle_detection": {"check_delay_seconds": 0.0},
    }
    return ServiceConfiguration.model_validate(
        {"data_dir": data_dir, "probe_interval_seconds": 0.2, **quick, **more}
    )


@asynccontextmanager
async def opened(settings: ServiceConfiguration) -> AsyncIterator[TripleDBService]:
    async with triple_db_lifespan(settings, enable_background_services=True) as service:
        yield service


async def until(condition, seconds: float = 30.0) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 - it is the stores that are asked
            await asyncio.sleep(0.05)


async def test_a_task_reaches_all_three_stores_and_leaves_them_again(tmp_path: Path) -> None:
    async with opened(config(tmp_path)) as service:
        success, first = await service.create_task(title="The database is locked")
        assert success
        success, _second = await service.create_task(title="Plant roses", depends_on=(first.id,))
        assert success
        assert (await service.engine.wait_until_idle()).idle
        parity = (await service.engine.status()).parity
        assert parity.complete
        assert (parity.vectors.current, parity.graph.edges.current) == (2, 1)
        found = await service.search("sqlite can not be opened by another process", limit=1)
        assert (found.mode, found.hits[0].id) == ("meaning and words", first.id)
        assert await service.delete_task(first.id) == (True, first)
        assert (await service.engine.wait_until_idle()).idle
        parity = (await service.engine.status()).parity
        assert parity.complete
        assert (parity.vectors.expected, parity.graph.edges.expected) == (1, 0)


async def test_a_refused_write_is_a_value(tmp_path: Path) -> None:
    async with triple_db_lifespan(config(tmp_path), enable_background_services=False) as service:
        success, why = await service.create_task(title="")
        assert not success
        assert str(why) == "title: must not be empty"
        success, why = await service.create_task(title="a", colour="red")
        assert not success
        assert "colour: no such field" in str(why)


async def test_the_sample_project_has_its_three_cycles(tmp_path: Path) -> None:
    parsed = read_file(sample_path())
    async with opened(config(tmp_path)) as service:
        report = await service.engine.import_drafts(parsed.drafts)
        assert (report.created, report.errors) == (len(parsed.drafts), ())
        assert (await service.engine.wait_until_idle()).idle
        status = await service.engine.status()
        assert status.parity.complete
        assert (status.cycles.components, status.cycles.tasks) == (3, 13)
        found = await service.engine.cycles()
        assert sorted(len(component.tasks) for component in found.components) == [2, 4, 7]
        for component in found.components:
            cut = component.suggested_cut
            assert (cut.from_, cut.to, cut.kind) in component.edges


async def test_a_missing_model_makes_embedding_bad_and_words_still_find(tmp_path: Path) -> None:
    settings = config(tmp_path, embedding={"model_path": str(tmp_path / "nowhere")})
    async with opened(settings) as service:
        _, task = await service.create_task(title="Write the report")
        report = await service.engine.wait_until_idle()
        assert not report.idle
        assert "nowhere" in report.waiting_for[0]
        status = await service.engine.status()
        embedding = status.services["auto_embedding"]
        assert embedding.status == "degraded"
        assert embedding.metrics.operations_completed == 0
        assert embedding.queue.failed == 0, "waiting for a model burns no attempts"
        assert status.parity.vectors.missing == 1
        assert status.parity.graph.nodes.current == 1, "the other services go on"
        assert any("auto_embedding" in alert.message for alert in status.alerts)
        found = await service.search("report")
        assert (found.mode, found.hits[0].id) == ("words", task.id)
        assert "nowhere" in found.note


async def test_an_unreadable_chroma_degrades_only_what_needs_it(tmp_path: Path) -> None:
    async with opened(config(tmp_path)) as service:
        await service.create_task(title="one")
        assert (await service.engine.wait_until_idle()).idle
    chroma, away = tmp_path / "chroma", tmp_path / "away"
    chroma.rename(away)
    chroma.write_text("not a folder")
    async with opened(config(tmp_path)) as service:
        success, _ = await service.create_task(title="two")
        assert success
        assert len(await service.list_tasks()) == 2
        report = await service.engine.wait_until_idle()
        assert not report.idle
        status = await service.engine.status()
        assert status.services["auto_embedding"].status == "degraded"
        assert "not a folder" in status.services["auto_embedding"].reason
        assert "not a folder" in status.parity.vectors.error
        assert status.parity.graph.nodes.current == 2
        chroma.unlink()
        away.rename(chroma)

        async def caught_up() -> bool:
            return (await service.engine.status()).parity.complete

        await until(caught_up)
        assert (await service.engine.status()).services["auto_embedding"].status == "running"


@pytest.mark.parametrize("projection", ["chroma", "graph.kuzu"])
async def test_a_projection_that_was_deleted_is_rebuilt(tmp_path: Path, projection: str) -> None:
    async with opened(config(tmp_path)) as service:
        await service.create_task(title="one", id="one")
        await service.create_task(title="two", parent="one")
        assert (await service.engine.wait_until_idle()).idle
    path = tmp_path / projection
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    async with opened(config(tmp_path)) as service:
        assert (await service.engine.wait_until_idle()).idle
        assert (await service.engine.status()).parity.complete


@pytest.mark.parametrize("projection", ["vectors", "graph"])
async def test_a_projection_is_rebuilt_on_demand(tmp_path: Path, projection: str) -> None:
    async with opened(config(tmp_path)) as service:
        await service.create_task(title="one", id="one", description='a "quoted",\nline')
        await service.create_task(title="two", parent="one")
        assert (await service.engine.wait_until_idle()).idle
        assert await service.engine.rebuild(projection) > 0
        assert (await service.engine.wait_until_idle()).idle
        assert (await service.engine.status()).parity.complete


async def test_every_trigger_has_its_effect(tmp_path: Path) -> None:
    async with opened(config(tmp_path)) as service:
        await service.create_task(title="one")
        assert (await service.engine.wait_until_idle()).idle
        for name, kind in (
            ("auto_embedding", "batch_embed"),
            ("cycle_detection", "full_cycle_check"),
            ("incremental_sync", "batch_sync"),
            ("index_optimization", "optimize_indices"),
        ):
            id_ = await service.engine.schedule_operation(name, kind, "manual_trigger")
            assert (await service.engine.wait_until_idle()).idle
            operation = await service.engine.get_operation(id_)
            assert (operation.state, operation.detail != "") == ("completed", True), kind
        rows = await service.manager.context.database.rows(
            "SELECT store, result FROM optimizations"
        )
        assert {(row["store"], row["result"]) for row in rows} == {
            (store, "nothing to do") for store in ("sqlite", "chroma", "kuzu")
        }
        assert (await service.engine.status()).services[name].last_result == "kuzu: nothing to do"
        assert (await service.engine.status()).parity.complete


async def test_a_service_that_is_off_leaves_its_operations_waiting(tmp_path: Path) -> None:
    async with opened(config(tmp_path)) as service:
        await service.manager.configure_background_service("auto_embedding", enabled=False)
        await service.create_task(title="one")
        report = await service.engine.wait_until_idle()
        assert (report.idle, report.remaining) == (False, 1)
        await service.manager.configure_background_service("auto_embedding", enabled=True)
        assert (await service.engine.wait_until_idle()).idle
        assert (await service.engine.status()).parity.complete


async def test_a_child_that_is_killed_is_restarted_and_nothing_is_lost(tmp_path: Path) -> None:
    async with opened(config(tmp_path)) as service:
        await service.create_task(title="one")
        assert (await service.engine.wait_until_idle()).idle
        for n in range(20):
            await service.create_task(title=f"task {n}", description="word " * 100)
        os.kill(service.manager.context.projections.pid, signal.SIGKILL)
        os.kill(service.manager.context.embedder.pid, signal.SIGKILL)
        assert (await service.engine.wait_until_idle()).idle
        status = await service.engine.status()
        assert status.parity.complete
        assert status.parity.vectors.current == 21


async def test_the_profile_can_change_while_running(tmp_path: Path) -> None:
    async with opened(config(tmp_path)) as service:
        await service.engine.set_profile("low-resource")
        assert service.manager.context.config.profile == "low-resource"
        assert service.manager.context.config.data_dir == tmp_path
        assert service.manager.context.config.embedding.embed_delay_seconds == 0.0


def test_a_killed_import_ends_at_parity(tmp_path: Path, real_tasks: Path) -> None:
    """SIGKILL in the middle of the work; the same command again carries on."""
    lines = real_tasks.read_text(encoding="utf-8").splitlines()[:150]
    file = tmp_path / "tasks.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    data = tmp_path / "data"
    command = [sys.executable, "-m", "vespera_tui", "import", str(file), "--wait"]
    first = subprocess.Popen([*command, "--data-dir", str(data)], stderr=subprocess.DEVNULL)
    while not (data / "chroma" / "chroma.sqlite3").exists():
        assert first.poll() is None, "it ended before it could be killed"
    first.kill()
    first.wait()
    again = [sys.executable, "-m", "vespera_tui", "--headless", "--until-idle"]
    done = subprocess.run([*again, "--data-dir", str(data)], check=False, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    asyncio.run(_expect_parity(data, len(lines)))


async def _expect_parity(data: Path, tasks: int) -> None:
    async with triple_db_lifespan(config(data), enable_background_services=False) as service:
        status = await service.engine.status()
        assert status.parity.complete
        assert (status.tasks.total, status.parity.vectors.current) == (tasks, tasks)
        assert all(service.queue.failed == 0 for service in status.services.values())


def test_the_main_process_imports_no_model_and_no_derived_store() -> None:
    program = (
        "import sys, asyncio, tempfile, engine, vespera_tui.cli;"
        "from engine.stores.triple_db_service import triple_db_lifespan\n"
        "async def main():\n"
        "    with tempfile.TemporaryDirectory() as folder:\n"
        "        async with triple_db_lifespan(folder) as service:\n"
        "            await service.create_task(title='one')\n"
        "            assert (await service.engine.wait_until_idle()).idle\n"
        "asyncio.run(main())\n"
        "heavy = {'torch', 'sentence_transformers', 'chromadb', 'kuzu', 'onnxruntime'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
    assert done.stdout.decode().strip().splitlines()[-1] == "[]"
