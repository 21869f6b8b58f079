"""The vectors of each model are apart; one edition is searched while the next is made."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from engine.model_key import model_key, same_model
from engine.snapshots import Parity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.stores.projections import Projections

OLD, NEW = "model@000000000001", "model@000000000002#int8"


async def write(project, projections: Projections, ids: Sequence[str], model: str) -> None:
    vectors = project.vectors(ids)
    written = await projections.vectors_upsert(ids, project.hashes(ids), model, vectors, "recipe")
    assert written == list(ids)


async def searched(project, projections: Projections, model: str) -> tuple[str, int | None]:
    """Whose vectors answer a query of ``model``, and how many were found."""
    vector = project.vectors(["t07"])[0]
    nearest = await projections.vectors_query(vector, 100, model=model)
    return nearest.model, None if nearest.found is None else len(nearest.found)


def test_a_key_names_model_weights_and_precision() -> None:
    assert model_key("a/b") == "a/b"
    assert model_key("a/b", "0123456789abcdef", int8=True) == "a/b@0123456789ab#int8"
    assert same_model("a/b#int8", "a/b@0123456789ab#int8")
    assert not same_model("a/b", "a/b@0123456789ab#int8")
    assert not same_model("a/b@0123456789ab", "a/b@0123456789ac")


async def test_the_old_are_searched_until_the_new_are_complete(
    project, projections: Projections
) -> None:
    await write(project, projections, project.ids(), OLD)
    assert await projections.vectors_promote(OLD) == []
    await write(project, projections, project.ids()[:20], NEW)
    assert await projections.vectors_promote(NEW) is None
    await projections.stop()  # a restart in the middle changes nothing
    assert await searched(project, projections, NEW) == (OLD, None)
    assert await searched(project, projections, OLD) == (OLD, 30)
    parity, repair = await projections.parity(NEW)
    assert parity.vectors == Parity(expected=30, current=20, missing=10)
    assert parity.searched_model == OLD
    await write(project, projections, repair.vectors, NEW)
    assert await searched(project, projections, NEW) == (OLD, None)
    assert await projections.vectors_promote(NEW) == [OLD]
    assert await searched(project, projections, NEW) == (NEW, 30)
    assert await searched(project, projections, OLD) == (NEW, None)
    assert (await projections.parity(NEW))[0].searched_model == ""


async def test_a_change_that_is_taken_back_leaves_the_old(
    project, projections: Projections
) -> None:
    await write(project, projections, project.ids(), OLD)
    await projections.vectors_promote(OLD)
    await write(project, projections, ["t01"], NEW)
    assert await searched(project, projections, OLD) == (OLD, 30)
    assert await projections.vectors_promote(OLD) == [NEW]
    assert (await projections.parity(OLD))[0].vectors.complete


async def test_what_is_deleted_or_changed_is_so_in_all_editions(
    project, projections: Projections
) -> None:
    await write(project, projections, project.ids(), OLD)
    await write(project, projections, ["t01", "t02"], NEW)
    assert await projections.vectors_delete(["t01", "t03"]) == 2
    for model in (OLD, NEW):
        assert await projections.vectors_hashes(["t01", "t03"], model) == {}
    assert await searched(project, projections, OLD) == (OLD, 28)


async def test_a_text_that_changed_keeps_the_new_from_being_complete(
    project, projections: Projections
) -> None:
    await write(project, projections, project.ids(), OLD)
    await write(project, projections, project.ids(), NEW)
    project.rename("t03", "Another text")
    assert await projections.vectors_promote(NEW) is None
    await write(project, projections, ["t03"], NEW)
    assert await projections.vectors_promote(NEW) == [OLD]


async def test_a_version_that_is_not_known_yet_fits(project, projections: Projections) -> None:
    await write(project, projections, project.ids(), OLD)
    assert (await projections.parity("model"))[0].vectors.complete
    assert await searched(project, projections, "model") == (OLD, 30)
    assert len(await projections.vectors_hashes(project.ids(), "model")) == 30


async def test_vectors_from_before_there_were_editions_are_kept(
    project, projections: Projections
) -> None:
    program = (
        "import chromadb, sys\n"
        "client = chromadb.PersistentClient(sys.argv[1])\n"
        "tasks = client.create_collection('tasks', embedding_function=None,"
        " configuration={'hnsw': {'space': 'cosine'}})\n"
        "tasks.upsert(ids=['t07'], embeddings=[[1.0] * 8],"
        " metadatas=[{'hash': sys.argv[2], 'model': 'model'}])\n"
    )
    (digest,) = project.hashes(["t07"])
    command = [sys.executable, "-c", program, str(project.folder / "chroma"), digest]
    subprocess.run(command, check=True)  # noqa: ASYNC221 - the test has nothing else to do
    parity, repair = await projections.parity(OLD)
    assert parity.vectors == Parity(expected=30, current=1, missing=29)
    assert repair.annotations == ("t07",)
    await write(project, projections, repair.vectors, OLD)
    assert await projections.vectors_promote(OLD) == []
    assert await searched(project, projections, OLD) == (OLD, 30)


async def test_a_task_is_compared_by_its_own_vector(project, projections: Projections) -> None:
    (digest,) = project.hashes(["t07"])
    assert (await projections.vectors_like("t07", digest, 3)).found is None
    await write(project, projections, project.ids(), OLD)
    found = (await projections.vectors_like("t07", digest, 3)).found or ()
    assert found[0] == ("t07", pytest.approx(1, abs=1e-5))
    assert (await projections.vectors_like("t07", "another text", 3)).found is None
