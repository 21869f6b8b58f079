"""Questions about the graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from engine.tasks import Link, TaskDraft

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.api import EngineAPI


@pytest.fixture
async def chain(engine: EngineAPI) -> tuple[str, ...]:
    """c waits for b, b for a; d is related to a."""
    for task_id, needs in (("a", ()), ("b", ("a",)), ("c", ("b",)), ("d", ())):
        await engine.create_task(TaskDraft(task_id.upper(), id=task_id, depends_on=needs))
    await engine.add_dependency("d", "a", kind="related")
    return ("a", "b", "c")


def ids(answer: dict[str, Any]) -> list[str]:
    return [task["id"] for task in answer["tasks"]]


@pytest.mark.usefixtures("chain")
async def test_every_kind_answers(call: Callable[..., Any]) -> None:
    assert ids(await call("analyze_graph", kind="impact", task_id="a")) == ["b", "c"]
    assert ids(await call("analyze_graph", kind="blockers", task_id="c")) == ["b", "a"]
    assert ids(await call("analyze_graph", kind="critical_path")) == ["a", "b", "c"]
    most = (await call("analyze_graph", kind="bottlenecks"))["tasks"][0]
    assert (most["id"], most["waiting"]) == ("a", 2)
    near = await call("analyze_graph", kind="neighbors", task_id="a")
    assert set(ids(near)) == {"b", "d"}
    assert "d related a" in near["links"]


@pytest.mark.usefixtures("chain")
async def test_what_was_cut_short_says_so(call: Callable[..., Any]) -> None:
    answer = await call("analyze_graph", kind="impact", task_id="a", limit=1)
    assert (answer["total"], answer["truncated"], len(answer["tasks"])) == (2, True, 1)


@pytest.mark.parametrize("kind", ["impact", "blockers", "neighbors"])
async def test_a_question_about_a_task_needs_its_id(refused: Callable[..., Any], kind: str) -> None:
    assert "task_id" in await refused("analyze_graph", kind=kind)
    assert "no task has the id" in await refused("analyze_graph", kind=kind, task_id="nowhere")


async def test_the_suggested_cut_can_be_passed_to_remove_dependency(
    call: Callable[..., Any], engine: EngineAPI
) -> None:
    child = TaskDraft("child", id="child", links=(Link("", "parent", "parent-child"),))
    parent = TaskDraft("parent", id="parent")
    loop = TaskDraft("child", id="child", depends_on=("parent",))
    await engine.import_drafts([(1, parent), (2, child), (3, loop)])
    answer = await call("analyze_graph", kind="cycles")
    (cycle,) = answer["cycles"]
    cut = {
        "task_id": cycle["cut_task_id"],
        "depends_on": cycle["cut_depends_on"],
        "kind": cycle["cut_kind"],
    }
    assert (await call("remove_dependency", **cut))["changed"]
    assert (await call("analyze_graph", kind="cycles")).get("total", 0) == 0
