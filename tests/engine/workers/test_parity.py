"""Parity is what the stores hold, and whatever it finds can be repaired."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from engine.snapshots import Parity

if TYPE_CHECKING:
    from engine.stores.projections import Projections

MODEL = "test-model"
LINKS = 31
"""The 32 of the project less the one that dangles."""


@pytest.fixture
async def in_step(project, projections: Projections):
    """The project with both projections complete."""
    await project.embed(projections, project.ids())
    await projections.graph_reconcile(project.ids())
    return project


async def test_empty_stores_miss_everything(project, projections: Projections) -> None:
    parity, repair = await projections.parity(MODEL)
    assert parity.vectors == Parity(expected=30, missing=30)
    assert parity.graph.nodes == Parity(expected=30, missing=30)
    assert parity.graph.edges == Parity(expected=LINKS, missing=LINKS)
    assert not parity.complete
    assert sorted(repair.vectors) == sorted(repair.graph) == project.ids()


async def test_full_stores_are_in_step(in_step, projections: Projections) -> None:
    parity, repair = await projections.parity(MODEL)
    assert parity.complete
    assert parity.vectors == Parity(expected=30, current=30)
    assert parity.graph.nodes == Parity(expected=30, current=30)
    assert parity.graph.edges == Parity(expected=LINKS, current=LINKS)
    assert (repair.vectors, repair.orphaned_vectors, repair.graph) == ((), (), ())


async def test_a_change_makes_rows_stale_until_they_are_written(
    in_step, projections: Projections
) -> None:
    in_step.rename("t03", "Another text")
    in_step.link("t03", "t04")  # the same link, written again
    parity, repair = await projections.parity(MODEL)
    assert parity.vectors == Parity(expected=30, current=29, stale=1)
    assert parity.graph.nodes == Parity(expected=30, current=29, stale=1)
    assert parity.graph.edges == Parity(expected=LINKS, current=LINKS - 1, stale=1)
    assert repair.vectors == ("t03",)
    await in_step.embed(projections, repair.vectors)
    await projections.graph_reconcile(repair.graph)
    assert (await projections.parity(MODEL))[0].complete


async def test_vectors_of_another_model_do_not_count(in_step, projections: Projections) -> None:
    parity, _ = await projections.parity("another-model")
    assert parity.vectors == Parity(expected=30, missing=30)
    assert parity.searched_model == MODEL
    assert parity.graph.nodes.complete


async def test_rows_of_deleted_tasks_are_orphans_until_reconciled(
    in_step, projections: Projections
) -> None:
    in_step.delete("t10", "t20")
    parity, repair = await projections.parity(MODEL)
    assert parity.vectors == Parity(expected=28, current=28, orphaned=2)
    assert parity.graph.nodes == Parity(expected=28, current=28, orphaned=2)
    # t10 and t20 each had a link out; those into them dangle now
    assert parity.graph.edges.orphaned == 4
    assert sorted(repair.orphaned_vectors) == ["t10", "t20"]
    current = await projections.graph_reconcile([*repair.graph, *repair.orphaned_vectors])
    assert {"t10", "t20"} <= set(current)
    assert set(await projections.vectors_follow(["t10", "t20", "t03"])) == {"t10", "t20", "t03"}
    assert (await projections.parity(MODEL))[0].complete
    assert await projections.vectors_hashes(["t10", "t20"], MODEL) == {}


async def test_a_removed_link_is_an_orphan_and_a_dangling_one_connects(
    in_step, projections: Projections
) -> None:
    in_step.unlink("t00", "t01")
    in_step.add("not-there")
    parity, repair = await projections.parity(MODEL)
    assert parity.graph.edges == Parity(LINKS, LINKS - 1, missing=1, orphaned=1)
    assert {"t00", "t01", "t07", "not-there"} <= set(repair.graph)
    await projections.graph_reconcile(repair.graph)
    assert (await projections.parity(MODEL))[0].graph.edges == Parity(LINKS, LINKS)


async def test_a_store_that_cannot_be_read_hides_no_other(
    in_step, projections: Projections
) -> None:
    await projections.stop()
    (in_step.folder / "graph.kuzu").write_bytes(b"garbage" * 1000)
    parity, repair = await projections.parity(MODEL)
    assert parity.vectors == Parity(expected=30, current=30)
    for graph in (parity.graph.nodes, parity.graph.edges):
        assert "rebuild graph" in graph.error
        assert graph == Parity(error=graph.error)
        assert "\n" not in graph.error
    assert repair.graph == ()
    assert (await projections.audit(50, 5)).edges_checked == 30


async def test_a_folder_in_its_place_hides_only_the_vectors(
    in_step, projections: Projections
) -> None:
    (in_step.folder / "chroma").rename(in_step.folder / "aside")
    (in_step.folder / "chroma").write_text("not a folder")
    parity, repair = await projections.parity(MODEL)
    assert "is not a folder" in parity.vectors.error
    assert parity.graph.nodes.complete
    assert parity.graph.edges.complete
    assert (repair.vectors, repair.orphaned_vectors) == ((), ())


async def test_an_edge_that_is_there_twice_is_stale_until_reconciled(
    in_step, projections: Projections
) -> None:
    await projections.stop()
    program = (
        "import kuzu, sys\n"
        "with kuzu.Database(sys.argv[1]) as d, kuzu.Connection(d) as c:\n"
        "    c.execute(\"MATCH (a:Task {id: 't00'})-[l:Link]->(b:Task {id: 't01'})"
        ' CREATE (a)-[:Link {kind: l.kind, version: l.version}]->(b)").close()\n'
    )
    command = [sys.executable, "-c", program, str(in_step.folder / "graph.kuzu")]
    subprocess.run(command, check=True)  # noqa: ASYNC221 - the test has nothing else to do
    parity, repair = await projections.parity(MODEL)
    assert parity.graph.edges == Parity(LINKS, LINKS - 1, stale=1)
    await projections.graph_reconcile(repair.graph)
    assert (await projections.parity(MODEL))[0].complete
