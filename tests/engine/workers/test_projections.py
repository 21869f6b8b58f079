"""Chroma and Kuzu through the child that holds them: writes, damage, recovery."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import pytest

from engine.database import schema
from engine.errors import StoreUnavailableError, WorkerDiedError
from engine.workers.projections import __main__ as child

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from engine.stores.projections import Projections

MODEL = "test-model"
HOSTILE = 'a"b\\n,\r\nline\t{x: 1} [1,2] NULL \x1b[31m é☃𝄞 \\'


async def complete(project, projections: Projections) -> bool:
    return (await projections.parity(MODEL))[0].complete


async def fill(project, projections: Projections) -> None:
    await project.embed(projections, project.ids())
    await projections.graph_rebuild()


async def nearest(
    projections: Projections, project, task_id: str, limit: int, **where: str
) -> list[tuple[str, float]]:
    """The neighbours of a task's vector."""
    vector = project.vectors([task_id])[0]
    return list((await projections.vectors_query(vector, limit, where=where)).found or ())


async def kill(projections: Projections) -> None:
    assert projections.pid is not None
    os.kill(projections.pid, signal.SIGKILL)
    # whoever asks first is told of the death, or has a new child already
    with suppress(WorkerDiedError):
        await projections.sizes()


async def test_vectors_are_found_by_nearness(project, projections: Projections) -> None:
    assert await nearest(projections, project, "t07", 3) == []
    assert await project.embed(projections, project.ids()) == project.ids()
    near = await nearest(projections, project, "t07", 3)
    assert near[0] == ("t07", pytest.approx(1, abs=1e-5))
    scores = [score for _, score in near]
    assert scores == sorted(scores, reverse=True)
    assert len(await nearest(projections, project, "t07", 500)) == 30


async def test_vectors_carry_hash_and_model_and_can_be_deleted(
    project, projections: Projections
) -> None:
    await project.embed(projections, ["t01", "t02"])
    there = await projections.vectors_hashes(["t01", "t03"], MODEL)
    assert there == {"t01": (project.hashes(["t01"])[0], MODEL)}
    assert await projections.vectors_delete(["t01", "t03"]) == 1
    assert await projections.vectors_hashes(["t01", "t02"], MODEL) == {
        "t02": (project.hashes(["t02"])[0], MODEL)
    }


async def test_a_vector_of_another_length_is_refused_with_a_remedy(
    project, projections: Projections
) -> None:
    await project.embed(projections, ["t01"])
    with pytest.raises(StoreUnavailableError, match=r"dimension of 8, got 3.*rebuild vectors"):
        await projections.vectors_upsert(["t02"], ["h"], MODEL, [bytes(12)])
    await projections.vectors_reset()
    assert await projections.vectors_upsert(["t02"], ["h"], MODEL, [b"\0\0\x80\x3f" * 3]) == ["t02"]


async def test_a_task_is_in_step_though_its_neighbours_come_later(
    project, projections: Projections
) -> None:
    assert await projections.graph_reconcile(["t05"]) == ["t05"]
    nodes = (await projections.parity(MODEL))[0].graph.nodes
    assert nodes.current == 4  # t05, and the ends of its links: t04, t06, t00
    for task_id in project.ids():
        assert await projections.graph_reconcile([task_id]) == [task_id]
    assert (await projections.parity(MODEL))[0].graph.edges.complete


async def test_reconciling_twice_changes_nothing(project, projections: Projections) -> None:
    for _ in range(2):
        assert sorted(await projections.graph_reconcile(project.ids())) == project.ids()
        assert (await projections.parity(MODEL))[0].graph.edges.current == 31


async def test_a_link_to_itself_is_one_edge(truth, projections: Projections) -> None:
    truth.add("a")
    truth.link("a", "a")
    for _ in range(2):
        assert await projections.graph_reconcile(["a"]) == ["a"]
    assert (await projections.parity(MODEL))[0].graph.edges.complete


async def test_a_deletion_is_finished_without_a_vector_store(
    project, projections: Projections
) -> None:
    await projections.graph_rebuild()
    project.delete("t09")
    assert await projections.graph_reconcile(["t09"]) == ["t09"]
    assert not (project.folder / "chroma").exists()  # nothing to delete there, so not opened


async def test_the_graph_forgets_a_task_while_its_vector_can_not(
    project, projections: Projections
) -> None:
    await fill(project, projections)
    project.delete("t09")
    (project.folder / "chroma").chmod(0)
    assert await projections.graph_reconcile(["t09"]) == ["t09"]
    with pytest.raises(StoreUnavailableError, match="permission denied"):
        await projections.vectors_follow(["t09"])
    (project.folder / "chroma").chmod(0o700)
    assert await projections.vectors_follow(["t09"]) == ["t09"]
    assert await complete(project, projections)


async def rows(folder: Path) -> str:
    """All nodes and edges, read by a process of its own."""
    program = (
        "import kuzu, sys\n"
        "with kuzu.Database(sys.argv[1]) as d, kuzu.Connection(d) as c:\n"
        "    for q in ('MATCH (t:Task) RETURN t.* ORDER BY t.id',"
        " 'MATCH (a)-[l:Link]->(b) RETURN a.id, b.id, l.* ORDER BY a.id, b.id, l.kind'):\n"
        "        r = c.execute(q)\n"
        "        print(ascii(r.get_all()))\n"
        "        r.close()\n"
    )
    command = [sys.executable, "-c", program, str(folder / "graph.kuzu")]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: ASYNC221 - the test has nothing else to do


async def test_a_rebuild_equals_single_writes_whatever_the_text(
    truth, projections: Projections
) -> None:
    truth.add("id", title="title", project="project")  # looks like a header line
    truth.add("a", title=HOSTILE)
    truth.add("b", title=HOSTILE[::-1], project=HOSTILE)
    truth.link("a", "b", kind=HOSTILE)
    assert sorted(await projections.graph_reconcile(truth.ids())) == ["a", "b", "id"]
    await projections.stop()
    single = await rows(truth.folder)
    assert ascii(HOSTILE)[1:-1] in single
    assert await projections.graph_rebuild() == 3
    await projections.stop()
    assert await rows(truth.folder) == single


async def test_an_awkward_data_directory_works(tmp_path: Path) -> None:
    folder = tmp_path / "it's [a] *50%* #1?"
    folder.mkdir()
    code = (
        "import sys; from pathlib import Path\n"
        "from engine.workers.projections.__main__ import ProjectionStores\n"
        "s = ProjectionStores(Path(sys.argv[1]))\n"
        "told = s.graph_rebuild_begin()\n"
        "while not told['over']: told = s.graph_rebuild_step()\n"
        "print(told)\n"
    )
    with closing(sqlite3.connect(folder / "vespera.db")) as connection:
        connection.executescript(schema.script())
        connection.execute(
            "INSERT INTO tasks (id, title, created_at, updated_at, content_hash)"
            " VALUES ('a', 'A', 1, 1, 'h')"
        )
        connection.commit()
    done = subprocess.run(  # noqa: ASYNC221 - a test may wait
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "{'done': 1, 'total': 1, 'over': True, 'nodes': 1}", done.stderr


async def test_a_failed_rebuild_leaves_the_old_graph(project, projections: Projections) -> None:
    await fill(project, projections)
    (project.folder / "graph.kuzu.new.old").mkdir()
    (project.folder / "graph.kuzu.new.old" / "x").touch()
    (project.folder / "graph.kuzu.new").write_text("left by a crash")
    assert await projections.graph_rebuild() == 30
    left = {path.name for path in project.folder.glob("graph.kuzu*")}
    assert left <= {"graph.kuzu", "graph.kuzu.wal"}


def garbage(path: Path) -> None:
    path.write_bytes(b"garbage" * 1000)


def half(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def scrambled(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for at in range(len(data) // 4, len(data) * 3 // 4):
        data[at] = at * 7 % 256
    path.write_bytes(data)


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def shut(path: Path) -> None:
    path.chmod(0)


@pytest.mark.parametrize("harm", [garbage, half, scrambled, a_folder, shut])
async def test_a_damaged_graph_is_told_and_rebuilt(
    project, projections: Projections, harm: Callable[[Path], None]
) -> None:
    await projections.graph_rebuild()
    await projections.stop()
    harm(project.folder / "graph.kuzu")
    for _ in range(2):  # the second time says the same
        with pytest.raises(StoreUnavailableError, match="rebuild graph") as told:
            await projections.check("kuzu")
    assert told.value.dependency == "kuzu"
    assert await project.embed(projections, ["t01"]) == ["t01"]  # the other store works
    assert await projections.graph_rebuild() == 30
    assert (await projections.parity(MODEL))[0].graph.edges.complete


@pytest.mark.parametrize("harm", [garbage, half, a_folder])
async def test_damaged_vectors_are_told_and_written_anew(
    project, projections: Projections, harm: Callable[[Path], None]
) -> None:
    await fill(project, projections)
    await projections.stop()
    harm(project.folder / "chroma" / "chroma.sqlite3")
    reasons = set()
    for _ in range(2):
        with pytest.raises(StoreUnavailableError, match="rebuild vectors") as told:
            await projections.check("chroma")
        reasons.add(str(told.value))
    assert len(reasons) == 1
    assert sorted(await projections.graph_reconcile(["t01"])) == ["t01"]
    await projections.vectors_reset()
    assert await project.embed(projections, project.ids()) == project.ids()
    assert await complete(project, projections)


async def test_a_damaged_index_is_told_by_every_use(project, projections: Projections) -> None:
    many = [f"x{n}" for n in range(1500)]  # Chroma writes its index from 1000 on
    await projections.vectors_upsert(many, ["h"] * 1500, MODEL, project.vectors(many))
    await projections.stop()
    indexes = list((project.folder / "chroma").rglob("*.bin"))
    assert indexes
    for index in indexes:
        index.write_bytes(b"xx" * 999)
    with pytest.raises(StoreUnavailableError, match="rebuild vectors"):
        await nearest(projections, project, "x7", 3)
    with pytest.raises(StoreUnavailableError, match="rebuild vectors"):
        await project.embed(projections, ["t01"])


async def test_vectors_come_back_with_their_folder(project, projections: Projections) -> None:
    await fill(project, projections)
    chroma, aside = project.folder / "chroma", project.folder / "aside"
    chroma.rename(aside)
    chroma.write_text("in the way")
    for _ in range(2):
        with pytest.raises(StoreUnavailableError, match="is not a folder"):
            await projections.vectors_hashes(["t01"], MODEL)
    assert await projections.graph_reconcile(["t01"]) == ["t01"]
    chroma.unlink()
    aside.rename(chroma)
    assert await complete(project, projections)
    assert (await nearest(projections, project, "t07", 1))[0][0] == "t07"


async def test_a_folder_shut_to_its_owner_counts_as_unreadable(
    project, projections: Projections
) -> None:
    await fill(project, projections)
    chroma = project.folder / "chroma"
    chroma.chmod(0)
    with pytest.raises(StoreUnavailableError, match="permission denied"):
        await projections.check("chroma")
    chroma.chmod(0o700)
    assert await complete(project, projections)


async def test_missing_stores_are_made_anew(project, projections: Projections) -> None:
    await fill(project, projections)
    (project.folder / "chroma").rename(project.folder / "aside")
    (project.folder / "graph.kuzu").unlink()
    parity, repair = await projections.parity(MODEL)
    assert parity.vectors.missing == parity.graph.nodes.missing == 30
    await project.embed(projections, repair.vectors)
    await projections.graph_reconcile(repair.graph)
    assert await complete(project, projections)


async def test_the_log_of_a_graph_that_is_gone_is_not_replayed(
    project, projections: Projections
) -> None:
    await projections.graph_reconcile(project.ids())
    await kill(projections)
    assert (project.folder / "graph.kuzu.wal").stat().st_size > 0
    (project.folder / "graph.kuzu").unlink()
    assert (await projections.parity(MODEL))[0].graph.nodes.missing == 30


async def test_a_kill_loses_nothing_that_was_told(project, projections: Projections) -> None:
    await project.embed(projections, project.ids())
    await projections.graph_reconcile(project.ids())
    await kill(projections)
    assert await complete(project, projections)


async def test_resets_leave_nothing(project, projections: Projections) -> None:
    await fill(project, projections)
    await projections.vectors_reset()
    await projections.graph_reset()
    parity, _ = await projections.parity(MODEL)
    assert parity.vectors.missing == parity.graph.nodes.missing == 30


async def test_the_truth_is_never_written(project, projections: Projections) -> None:
    before = project.path.read_bytes()
    await fill(project, projections)
    await projections.audit(50, 5)
    assert project.path.read_bytes() == before


async def test_a_second_child_is_kept_out(
    project, projections: Projections, monkeypatch: pytest.MonkeyPatch
) -> None:
    await projections.sizes()
    monkeypatch.setattr(child, "PREDECESSOR_SECONDS", 0.0)
    with (project.folder / "projections.lock").open("a") as lock:
        with pytest.raises(SystemExit, match="another process holds Chroma and Kuzu"):
            child.hold(lock.fileno())
        await projections.stop()
        child.hold(lock.fileno())


async def test_one_task_is_told_current_stale_or_missing(project, projections: Projections) -> None:
    assert await projections.sync_state("t01", MODEL) == {
        "vectors": ("missing", "no vector of the present model"),
        "graph": ("missing", "no node"),
    }
    await project.embed(projections, ["t01"])
    await projections.graph_reconcile(["t01"])
    current = {"vectors": ("current", ""), "graph": ("current", "")}
    assert await projections.sync_state("t01", MODEL) == current
    project.link("t01", "t09")
    assert (await projections.sync_state("t01", MODEL))["graph"] == (
        "stale",
        "1 of its links differ",
    )
    project.rename("t01", "Other")
    assert await projections.sync_state("t01", MODEL) == {
        "vectors": ("stale", "the vector is of an older text"),
        "graph": ("stale", "the node is of version 1"),
    }
