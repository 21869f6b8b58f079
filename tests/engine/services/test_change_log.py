"""Following the change log: one operation for all changes, and what happens when a batch fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engine.database.database import Database
from engine.errors import WorkerDiedError, WorkerError
from engine.services import change_log
from engine.stores.triple_db_service import triple_db_lifespan
from tests.engine.test_pipeline import config, opened, until

if TYPE_CHECKING:
    from pathlib import Path


async def kinds(service) -> list[tuple[str, str, str]]:
    found = await service.engine.operations(service="incremental_sync", limit=1000)
    return sorted((one.kind, one.key, one.origin) for one in found)


async def test_all_changes_that_wait_are_one_operation(tmp_path: Path) -> None:
    async with triple_db_lifespan(config(tmp_path), enable_background_services=False) as service:
        for n in range(5):
            await service.create_task(title="one", id=f"t{n}", depends_on=(f"t{n - 1}",))
        await service.delete_task("t4")
        assert [kind[:2] for kind in await kinds(service)] == [("batch_sync", "changes")]


@pytest.mark.parametrize(
    ("error", "retried"), [(WorkerError("bad"), False), (WorkerDiedError("gone"), True)]
)
async def test_a_batch_that_fails_becomes_an_operation_a_task(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: WorkerError, retried: bool
) -> None:
    async with opened(config(tmp_path)) as service:
        projections, asked = service.manager.context.projections, []
        drain = projections.graph_drain

        async def failing(tasks: int):
            asked.append(tasks)
            if len(asked) <= 1 + retried:
                raise error
            return await drain(tasks)

        monkeypatch.setattr(projections, "graph_drain", failing)
        await service.create_task(title="one", id="one")
        await service.create_task(title="two", id="two", depends_on=("one",))
        assert (await service.engine.wait_until_idle()).idle
        assert (await service.engine.status()).parity.complete
        handed_over = [one for one in await kinds(service) if one[2] == "change log"]
        assert {one[:2] for one in handed_over} <= {("sync_task", "one"), ("sync_task", "two")}
        assert handed_over


async def test_the_graph_goes_on_while_chroma_is_away_and_the_vectors_catch_up(
    tmp_path: Path,
) -> None:
    async with opened(config(tmp_path)) as service:
        for name in ("one", "two"):
            await service.create_task(title=name, id=name)
        assert (await service.engine.wait_until_idle()).idle
        chroma = tmp_path / "chroma"
        chroma.chmod(0)
        await service.delete_task("one")
        await service.update_task("two", status="closed")

        async def graph_is_in_step() -> bool:
            parity = (await service.engine.status()).parity
            return bool(parity.vectors.error) and parity.graph.nodes.complete

        await until(graph_is_in_step)
        chroma.chmod(0o700)

        async def all_in_step() -> bool:
            return (await service.engine.status()).parity.complete

        await until(all_in_step, 60)


async def test_what_both_are_past_is_forgotten_but_for_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change_log, "PRUNED_AT_ONCE", 4)
    database = Database(tmp_path)
    await database.open()

    async def left(end: int) -> tuple[list[int], str | None]:
        await database.write(lambda c: change_log.prune(c, end))
        rows = await database.rows("SELECT position FROM changes ORDER BY position")
        note = await database.row("SELECT value FROM meta WHERE key = 'changes_pruned'")
        return [row["position"] for row in rows], note and note["value"]

    sql = "INSERT INTO changes (task_id, what, at) VALUES ('a', 'updated', 1)"
    for _ in range(10):
        await database.write(lambda c: c.execute(sql))
    assert await left(0) == (list(range(1, 11)), None)
    assert await left(8) == ([6, 7, 8, 9, 10], "5"), "so many at once"
    assert await left(8) == ([9, 10], "8")
    assert await left(8) == ([9, 10], "8")
    await database.close()
