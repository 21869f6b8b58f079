"""Pairs of tasks that say nearly the same, found exactly or through the index."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
import pytest

from engine.workers.projections import near_duplicates as module
from engine.workers.projections.vectors import Vectors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from engine.stores.projections import Projections

MODEL = "test-model"
COUNT = 60


async def same(project, projections: Projections, *ids: str) -> None:
    """Give tasks the vector of the first of them."""
    vectors = project.vectors([ids[0]]) * len(ids)
    await projections.vectors_upsert(list(ids), project.hashes(ids), MODEL, vectors)


async def pairs(projections: Projections, **given) -> list[tuple[str, str]]:
    wanted = {"threshold": 0.99, "limit": 100, "finished": False, **given}
    found = await projections.near_duplicates(**wanted)
    return [(a, b) for a, b, *_ in found.pairs]


async def test_pairs_are_told_unless_finished_or_linked(project, projections: Projections) -> None:
    nothing = await projections.near_duplicates(0.9, 10, finished=False)
    assert (nothing.pairs, nothing.compared, nothing.left_out) == ((), 0, 30)
    await project.embed(projections, project.ids()[:20])
    await same(project, projections, "t03", "t08", "t11")
    assert sorted(await pairs(projections)) == [("t03", "t08"), ("t03", "t11"), ("t08", "t11")]
    found = await projections.near_duplicates(0.99, 1, finished=False)
    assert (len(found.pairs), found.compared, found.left_out, found.exact) == (1, 20, 10, True)
    assert found.pairs[0][2] == pytest.approx(1, abs=1e-5)
    project.link("t11", "t03", "duplicates")
    assert sorted(await pairs(projections)) == [("t03", "t08"), ("t08", "t11")]
    with closing(sqlite3.connect(project.path)) as connection, connection:
        connection.execute("UPDATE tasks SET status = 'closed' WHERE id = 't08'")
    assert await pairs(projections) == []
    assert sorted(await pairs(projections, finished=True)) == [("t03", "t08"), ("t08", "t11")]


async def test_tasks_of_the_same_text_are_one_pair(project, projections: Projections) -> None:
    for task_id in ("t08", "t11", "t20"):
        project.rename(task_id, "Task t03")
    await project.embed(projections, project.ids())
    await same(project, projections, "t03", "t08", "t11", "t20")
    await same(project, projections, "t03", "t05")  # another text, as near
    found = await projections.near_duplicates(0.99, 10, finished=False)
    assert [(a, b, more) for a, b, _, more in found.pairs] == [("t03", "t05", 3), ("t03", "t08", 2)]
    project.link("t08", "t03", "duplicates")
    project.link("t05", "t20", "duplicates")
    assert await pairs(projections) == [("t03", "t11")]


@pytest.fixture
def vectors(tmp_path: Path) -> Iterator[Vectors]:
    """Random ones of which some are near one another."""
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(COUNT, 16))
    rows[30:45] = rows[:15] + rng.normal(size=(15, 16)) * np.linspace(0.01, 0.6, 15)[:, None]
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype("<f4")
    made = Vectors(tmp_path)
    ids = [f"t{n:02}" for n in range(COUNT)]
    made.upsert(ids, ids, MODEL, rows.tobytes(), 16, {})
    yield made
    made.close()


@pytest.mark.parametrize("threshold", [0.5, 0.8, 0.99])
def test_the_index_and_each_with_each_agree_with_the_definition(
    vectors: Vectors, monkeypatch: pytest.MonkeyPatch, threshold: float
) -> None:
    edition = vectors.searched()
    assert edition is not None
    ids = [f"t{n:02}" for n in range(COUNT)]
    rows = edition.collection.get(ids=ids, include=["embeddings"])
    by_id = dict(zip(rows["ids"], np.asarray(rows["embeddings"]), strict=True))
    expected = {
        (a, b) for a in ids for b in ids if a < b and float(by_id[a] @ by_id[b]) >= threshold
    }
    monkeypatch.setattr(module, "BLOCK", 7)
    exact = module.near_duplicates(edition, ids, set(), threshold, 1000)
    assert exact["exact"]
    assert {(a, b) for a, b, *_ in exact["pairs"]} == expected
    similarities = [similarity for _, _, similarity, _ in exact["pairs"]]
    assert similarities == sorted(similarities, reverse=True)
    few = module.near_duplicates(edition, ids, set(), threshold, 3)
    assert few["pairs"] == exact["pairs"][:3]
    monkeypatch.setattr(module, "EXACT_UP_TO", 0)
    by_index = module.near_duplicates(edition, ids, set(), threshold, 1000)
    assert not by_index["exact"]
    assert {(a, b) for a, b, *_ in by_index["pairs"]} == expected
