"""Finding, claiming and finishing tasks: the whole loop of an agent's work."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from engine.tasks import TaskDraft

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.api import EngineAPI


async def test_pages_show_every_task_once(call: Callable[..., Any], engine: EngineAPI) -> None:
    drafts = [(n, TaskDraft(f"task {n}", id=f"t-{n:03}")) for n in range(60)]
    await engine.import_drafts(drafts)
    seen: list[str] = []
    cursor = ""
    while True:
        page = await call("list_tasks", limit=25, cursor=cursor)
        assert page["total"] == 60
        seen += [task["id"] for task in page["tasks"]]
        cursor = page.get("next_cursor", "")
        if not cursor:
            break
        assert "cursor=next_cursor" in page["next"]
    assert sorted(seen) == [f"t-{n:03}" for n in range(60)]


async def test_a_cursor_that_no_answer_gave_is_refused(refused: Callable[..., Any]) -> None:
    for cursor in ("abc", "from-", "from--1", "from-\u0663"):
        assert "next_cursor" in await refused("list_tasks", cursor=cursor)


async def test_filters_and_details(call: Callable[..., Any], engine: EngineAPI) -> None:
    await engine.create_task(TaskDraft("a", project="x", tags=("t",), description="why " * 500))
    await engine.create_task(TaskDraft("b", project="y", assignee="ana"))
    page = await call("list_tasks", project="x", tag="t", detail="full")
    (task,) = page["tasks"]
    assert task["description"].startswith("why why")
    assert len(task["description"]) <= 600
    page = await call("list_tasks", assignee="ana")
    assert [task["title"] for task in page["tasks"]] == ["b"]


async def test_search_by_words_says_that_the_model_is_not_ready(
    call: Callable[..., Any], engine: EngineAPI
) -> None:
    await engine.create_task(TaskDraft("The database is locked"))
    found = await call("search_tasks", text="locked database")
    assert found["tasks"][0]["title"] == "The database is locked"
    assert "searched by words" in found["note"]


async def test_ready_claim_work_finish_and_what_became_ready(
    call: Callable[..., Any], refused: Callable[..., Any], engine: EngineAPI
) -> None:
    first = (await call("create_task", title="first", priority=0))["id"]
    second = (await call("create_task", title="second", depends_on=[first]))["id"]
    ready = await call("ready_tasks")
    assert [task["id"] for task in ready["tasks"]] == [first]
    claimed = await call("claim_task")
    assert (claimed["id"], claimed["assignee"]) == (first, "agent-7")
    assert "worked on by 'agent-7'" in await refused("claim_task", task_id=first)
    assert first in await refused("claim_task", task_id=second)
    done = await call("update_task", task_id=first, status="closed", description="as asked")
    assert done["became_ready"] == [second]
    stored = await engine.get_task(first)
    assert (stored.status, stored.description) == ("closed", "as asked")


async def test_closing_respects_the_expected_version(
    call: Callable[..., Any], refused: Callable[..., Any], engine: EngineAPI
) -> None:
    task = await call("create_task", title="a")
    await call("update_task", task_id=task["id"], title="b")
    text = await refused(
        "update_task", task_id=task["id"], status="closed", expected_version=task["version"]
    )
    assert "read it again" in text
    assert (await engine.get_task(task["id"])).status == "open"


async def test_two_clients_never_claim_the_same_task(serve: Any, engine: EngineAPI) -> None:
    await engine.import_drafts([(n, TaskDraft(f"task {n}")) for n in range(20)])
    async with serve() as one, serve() as other:
        calls = [who.call_tool("claim_task", {}) for _ in range(10) for who in (one, other)]
        results = await asyncio.gather(*calls)
    claimed = [result.structured_content["id"] for result in results if not result.is_error]
    assert len(claimed) == len(set(claimed)) == 20


async def test_a_claim_that_is_repeated_with_its_key_takes_one_task(
    call: Callable[..., Any], engine: EngineAPI
) -> None:
    await engine.import_drafts([(n, TaskDraft(f"task {n}")) for n in range(3)])
    first = await call("claim_task", idempotency_key="k")
    assert await call("claim_task", idempotency_key="k") == first
    assert await engine.count_tasks(status="in_progress") == 1
