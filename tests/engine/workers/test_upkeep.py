"""Chroma and Kuzu after much use: measured, made small again, and whole whatever happens."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from engine.errors import StoreUnavailableError, WorkerDiedError, WorkerError
from engine.services.optimization.look import chroma_files
from engine.workers.projections.recall import NEAREST, BruteForce

if TYPE_CHECKING:
    from pathlib import Path

    from engine.stores.projections import Projections

MODEL = "test-model"
SAVED = 1000
"""Chroma writes its index to the disk once so many vectors were written."""


async def aged_vectors(truth, projections: Projections) -> list[str]:
    """2,000 vectors of which all were deleted and written again."""
    ids = truth.add_many(2 * SAVED)
    await truth.embed(projections, ids)
    await projections.vectors_delete(ids)
    await truth.embed(projections, ids)
    return ids


async def aged_graph(truth, projections: Projections) -> None:
    ids = truth.add_many(400)
    for _ in range(6):
        truth.touch_all()
        assert len(await projections.graph_reconcile(ids)) == len(ids)
    await projections.upkeep("kuzu.checkpoint")


def elements(folder: Path) -> int:
    return chroma_files(folder).elements


async def measured(projections: Projections) -> dict[str, float]:
    return await projections.upkeep("chroma.measure", sample=20, turn=3)


async def complete(projections: Projections) -> bool:
    return (await projections.parity(MODEL))[0].vectors.complete


async def in_step(projections: Projections) -> bool:
    parity = (await projections.parity(MODEL))[0].graph
    return parity.nodes.complete and parity.edges.complete


async def to_its_end(projections: Projections) -> None:
    while "result" not in await projections._call("upkeep_step"):
        pass


def left_over(folder: Path) -> set[str]:
    names = {path.name for path in folder.iterdir()}
    return {name for name in names if name.startswith(("chroma.", "graph.kuzu.fresh"))}


async def test_a_new_index_has_no_tombstones_and_all_vectors(
    truth, projections: Projections
) -> None:
    ids = await aged_vectors(truth, projections)
    before = await measured(projections)
    assert elements(truth.folder) == 4 * SAVED
    told: list[str] = []
    assert await projections.upkeep("chroma.rebuild", told.append) == {}
    assert elements(truth.folder) == 2 * SAVED
    after = await measured(projections)
    assert after["vectors"] == before["vectors"] == len(ids)
    assert after["bytes"] < 0.8 * before["bytes"]
    assert after["recall"] >= before["recall"] > 0.9
    assert await complete(projections)
    assert left_over(truth.folder) == set()
    assert any("copying vectors, " in line for line in told)
    near = await projections.vectors_query(truth.vectors(["m00007"])[0], 1)
    assert near.found[0][0] == "m00007"


async def test_what_is_written_while_it_is_copied_is_not_lost(
    truth, projections: Projections
) -> None:
    ids = truth.add_many(2 * SAVED)
    await truth.embed(projections, ids)
    await projections._call("upkeep_begin", work="chroma.rebuild", params={})
    gone, told, n = ids[100:130], {}, 0
    while "result" not in told:
        told, n = await projections._call("upkeep_step"), n + 1
        if n == 5:  # the first pages are copied already, others are not
            truth.delete(*gone)
            assert await projections.vectors_delete(gone) == len(gone)
        if n == 8:
            truth.rename("m00001", "Another")
            truth.rename("m01999", "Another too")
            await truth.embed(projections, ["m00001", "m01999"])
        if "disk" in told.get("doing", "") and "late" not in truth.ids():  # the copy is closed
            truth.add("late")
            await truth.embed(projections, ["late"])
    assert await complete(projections)
    assert (await measured(projections))["vectors"] == len(ids) - len(gone) + 1


async def test_vectors_that_are_replaced_meanwhile_are_left_alone(
    truth, projections: Projections
) -> None:
    await truth.embed(projections, truth.add_many(300))
    await projections._call("upkeep_begin", work="chroma.rebuild", params={})
    await projections._call("upkeep_step")
    await projections.vectors_reset()
    with pytest.raises((StoreUnavailableError, WorkerError)):
        await to_its_end(projections)
    assert (await measured(projections))["vectors"] == 0
    assert left_over(truth.folder) == set()


async def test_a_second_work_ends_the_first(truth, projections: Projections) -> None:
    await truth.embed(projections, truth.add_many(300))
    await projections._call("upkeep_begin", work="chroma.rebuild", params={})
    for _ in range(3):
        await projections._call("upkeep_step")
    assert (await measured(projections))["vectors"] == 300
    assert left_over(truth.folder) == set()


async def test_a_work_that_died_with_its_process_says_so(truth, projections: Projections) -> None:
    with pytest.raises(WorkerError, match="no work is under way"):
        await projections._call("upkeep_step")


async def test_without_vectors_there_is_nothing_to_measure(truth, projections: Projections) -> None:
    assert await measured(projections) == {"vectors": 0, "bytes": 0}
    found = await projections.upkeep("chroma.reach", sample=20, turn=0)
    assert found == {"asked": 0, "reached": 0}
    assert not (truth.folder / "chroma").exists()


async def test_what_is_held_is_reached(truth, projections: Projections) -> None:
    await truth.embed(projections, truth.add_many(50))
    found = await projections.upkeep("chroma.reach", sample=20, turn=7)
    assert found == {"asked": 20, "reached": 20}


async def test_a_graph_that_has_outgrown_its_data_shrinks(truth, projections: Projections) -> None:
    await aged_graph(truth, projections)
    before = await projections.upkeep("kuzu.measure")
    told = await projections.upkeep("kuzu.rewrite")
    assert told["taken"] is True
    after = await projections.upkeep("kuzu.measure")
    assert after["bytes"] - after["wal_bytes"] == told["fresh_bytes"] < 0.9 * before["bytes"]
    assert after["rows"] == before["rows"] == 799
    assert await in_step(projections)
    assert left_over(truth.folder) == set()


async def test_a_graph_that_has_not_is_left_alone(truth, projections: Projections) -> None:
    truth.add_many(400)
    await projections.graph_rebuild()
    identity = (truth.folder / "graph.kuzu").stat().st_ino
    assert (await projections.upkeep("kuzu.rewrite"))["taken"] is False
    assert (truth.folder / "graph.kuzu").stat().st_ino == identity
    assert left_over(truth.folder) == set()


async def test_what_is_synced_while_the_graph_is_loaded_is_not_lost(
    truth, projections: Projections
) -> None:
    await aged_graph(truth, projections)
    await projections._call("upkeep_begin", work="kuzu.rewrite", params={})
    told = await projections._call("upkeep_step")
    while "result" not in told:
        truth.rename("m00007", f"Title {told['doing']}")
        truth.delete("m00009") if "m00009" in truth.ids() else None
        await projections.graph_reconcile(["m00007", "m00009"])
        told = await projections._call("upkeep_step")
    assert told["result"]["taken"] is True
    assert await in_step(projections)


DIES = """
import os, shutil, signal, sys
from pathlib import Path
from engine.workers.projections.__main__ import ProjectionStores

folder, work, name, at = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
stores = ProjectionStores(folder)
methods = stores.upkeep.among(stores.methods())
owner = shutil if name == "rmtree" else Path
plain, calls = getattr(owner, name), 0

def deadly(*args, **kwargs):
    global calls
    if "chroma" in str(args[0]) or "fresh" in str(args[0]):
        calls += 1
        if calls == at:
            os.kill(os.getpid(), signal.SIGKILL)
    return plain(*args, **kwargs)

setattr(owner, name, deadly)
methods["upkeep_begin"](work=work, params={})
while "result" not in methods["upkeep_step"]():
    pass
"""


def dies(folder: Path, work: str, name: str, at: int) -> None:
    """Do the work in a process that is killed at the given call."""
    command = [sys.executable, "-c", DIES, str(folder), work, name, str(at)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == -9, done.stderr


@pytest.mark.parametrize(
    ("name", "at"), [("rename", 1), ("rename", 2), ("rename", 3), ("rmtree", 1)]
)
async def test_a_kill_in_the_middle_of_the_swap_loses_no_vector(
    truth, projections: Projections, name: str, at: int
) -> None:
    ids = truth.add_many(300)
    await truth.embed(projections, ids)
    await projections.stop()
    dies(truth.folder, "chroma.rebuild", name, at)
    assert left_over(truth.folder) != set()
    assert await complete(projections)
    assert (await measured(projections))["recall"] > 0.9
    assert left_over(truth.folder) == set()


async def test_a_kill_before_the_graph_is_replaced_leaves_the_old_one(
    truth, projections: Projections
) -> None:
    await aged_graph(truth, projections)
    await projections.stop()
    size = (truth.folder / "graph.kuzu").stat().st_size
    dies(truth.folder, "kuzu.rewrite", "replace", 1)
    assert await in_step(projections)
    assert (truth.folder / "graph.kuzu").stat().st_size == size
    assert left_over(truth.folder) == set()


async def test_a_kill_of_the_child_leaves_all_whole(truth, projections: Projections) -> None:
    await truth.embed(projections, truth.add_many(300))
    await projections._call("upkeep_begin", work="chroma.rebuild", params={})
    for _ in range(4):
        await projections._call("upkeep_step")
    os.kill(projections.pid, 9)
    with pytest.raises((WorkerDiedError, WorkerError)):
        await projections._call("upkeep_step")
    assert await complete(projections)
    assert left_over(truth.folder) == set()


def test_brute_force_is_exact_and_equal_vectors_count_for_one_another() -> None:
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(300, 8)).astype("<f4")
    rows[7] = 3 * rows[5]  # the same direction
    exact = BruteForce(rows[:20])
    for start in range(0, 300, 70):
        exact.compare({"embeddings": rows[start : start + 70]})
    normal = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    for number in range(20):
        distances = np.sort(1 - normal @ normal[number])
        assert exact.right(number, distances[:NEAREST]) == NEAREST
        assert exact.right(number, distances[NEAREST + 3 :][:NEAREST]) == 0
        assert exact.right(number, distances[:4]) == 4
    assert exact.there_are == NEAREST
