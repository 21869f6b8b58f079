"""Nothing is destroyed in one call that no person agreed to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from mcp_types import ElicitResult

from engine.errors import TaskNotFoundError
from vespera_tui.mcp_front.confirmation import GOOD_SECONDS, KEPT, Confirmations

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.api import EngineAPI


async def test_the_first_call_only_previews_and_a_token_is_good_once(
    call: Callable[..., Any], refused: Callable[..., Any], engine: EngineAPI
) -> None:
    task = (await call("create_task", title="a"))["id"]
    waiting = (await call("create_task", title="b", depends_on=[task]))["id"]
    preview = await call("delete_task", task_id=task)
    assert not preview["deleted"]
    assert (preview["waiting_for_it"], preview["links_removed"]) == ([waiting], 1)
    assert (await engine.get_task(task)).title == "a"
    done = await call("delete_task", task_id=task, confirm=preview["confirm"])
    assert done["deleted"]
    with pytest.raises(TaskNotFoundError):
        await engine.get_task(task)
    again = (await call("create_task", title="c"))["id"]
    text = await refused("delete_task", task_id=again, confirm=preview["confirm"])
    assert "used up, expired, or for another task" in text
    assert (await engine.get_task(again)).title == "c"


async def test_a_token_is_for_one_task_at_one_version(
    call: Callable[..., Any], refused: Callable[..., Any]
) -> None:
    a, b = [(await call("create_task", title=title))["id"] for title in "ab"]
    token = (await call("delete_task", task_id=a))["confirm"]
    assert "another task" in await refused("delete_task", task_id=b, confirm=token)
    token = (await call("delete_task", task_id=a))["confirm"]
    await call("update_task", task_id=a, title="changed meanwhile")
    assert "version" in await refused("delete_task", task_id=a, confirm=token)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
@pytest.mark.parametrize(
    ("answer", "gone"),
    [
        (ElicitResult(action="accept", content={"confirmed": True}), True),
        (ElicitResult(action="accept", content={"confirmed": False}), False),
        (ElicitResult(action="decline"), False),
        (ElicitResult(action="cancel"), False),
    ],
)
async def test_a_client_that_can_ask_asks_its_person(
    serve: Any, engine: EngineAPI, mode: str, answer: ElicitResult, gone: bool
) -> None:
    asked: list[str] = []

    async def person(_context: Any, params: Any) -> ElicitResult:
        asked.append(params.message)
        return answer

    async with serve(mode=mode, elicitation_callback=person) as client:
        created = await client.call_tool("create_task", {"title": "secret title"})
        task_id = created.structured_content["id"]
        result = await client.call_tool("delete_task", {"task_id": task_id})
    assert len(asked) == 1
    assert task_id in asked[0]
    assert "secret" not in asked[0]
    assert (await engine.count_tasks() == 0) is gone
    assert bool(not result.is_error and result.structured_content["deleted"]) is gone


def test_tokens_expire_are_bounded_and_differ() -> None:
    now = 0.0
    confirmations = Confirmations(lambda: now)
    old = confirmations.give("delete a 1")
    now = GOOD_SECONDS + 1
    assert not confirmations.take(old, "delete a 1")
    given = [confirmations.give("delete a 1") for _ in range(KEPT + 1)]
    assert len(set(given)) == KEPT + 1
    assert not confirmations.take(given[0], "delete a 1"), "the oldest was let go"
    assert confirmations.take(given[-1], "delete a 1")
    assert not confirmations.take(given[-1], "delete a 1"), "used up"
