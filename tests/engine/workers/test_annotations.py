"""What is noted beside a vector follows the task without embedding, and queries filter by it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.stores.projections import Projections

MODEL = "test-model"


def change(project, task_id: str, **fields: object) -> None:
    """What the engine does to a task whose text stays: a new version with the same hash."""
    names = ", ".join(f"{name} = ?" for name in fields)
    with closing(sqlite3.connect(project.path)) as connection, connection:
        connection.execute(
            f"UPDATE tasks SET {names}, version = version + 1 WHERE id = ?",
            (*fields.values(), task_id),
        )


async def found(project, projections: Projections, **where: str) -> list[str]:
    vector = project.vectors(["t07"])[0]
    nearest = await projections.vectors_query(vector, 50, where=where)
    return sorted(task_id for task_id, _ in nearest.found or ())


async def test_a_change_of_status_is_stale_until_it_is_annotated(
    project, projections: Projections
) -> None:
    await project.embed(projections, project.ids())
    change(project, "t03", status="closed", tags='["red", "b\\"$l"]', assignee="jo")
    parity, repair = await projections.parity(MODEL)
    assert parity.vectors.complete
    assert (repair.vectors, repair.annotations) == ((), ("t03",))
    assert await projections.vectors_annotate(repair.annotations) == ["t03"]
    assert (await projections.parity(MODEL))[1].annotations == ()
    for where in (
        {"status": "closed"},
        {"tag": "red"},
        {"tag": 'b"$l'},
        {"tag": "red", "assignee": "jo", "status": "closed"},
    ):
        assert await found(project, projections, **where) == ["t03"]
    assert await found(project, projections, tag="red", assignee="ann") == []
    assert len(await found(project, projections, assignee="")) == 29


async def test_tags_that_are_taken_off_are_forgotten(project, projections: Projections) -> None:
    change(project, "t03", tags='["red"]')
    await project.embed(projections, project.ids())
    assert await found(project, projections, tag="red") == ["t03"]
    change(project, "t03", tags='["blue"]')
    await projections.vectors_annotate(["t03"])
    assert await found(project, projections, tag="red") == []
    change(project, "t03", tags="[]")
    await projections.vectors_annotate(["t03"])
    assert await found(project, projections, tag="blue") == []
    change(project, "t03", tags='["green"]')
    await projections.vectors_annotate(["t03"])
    change(project, "t03", tags="[]")
    await project.embed(projections, ["t03"])
    assert await found(project, projections, tag="green") == []


async def test_what_has_no_vector_or_is_gone_is_in_step(project, projections: Projections) -> None:
    assert await projections.vectors_annotate(["t01", "gone", "t01"]) == ["t01", "gone"]
    assert not (project.folder / "chroma").exists()
    await project.embed(projections, ["t02"])
    assert await projections.vectors_annotate(["t01", "gone", "t02"]) == ["t01", "gone", "t02"]
    assert list(await projections.vectors_hashes(["t01", "gone", "t02"], MODEL)) == ["t02"]


async def test_annotating_keeps_the_vector(project, projections: Projections) -> None:
    await project.embed(projections, project.ids())
    change(project, "t07", priority=0)
    await projections.vectors_annotate(["t07"])
    nearest = await projections.vectors_query(project.vectors(["t07"])[0], 1)
    ((task_id, score),) = nearest.found or ()
    assert (task_id, round(score, 5)) == ("t07", 1)
    assert await projections.vectors_hashes(["t07"], MODEL) == {
        "t07": (project.hashes(["t07"])[0], MODEL)
    }
