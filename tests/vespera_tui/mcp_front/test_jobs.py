"""Long jobs as tasks of the protocol, for clients that declare the extension."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pytest
from mcp.client.extension import ClaimContext, ClientExtension, ResultClaim
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult, Request, RequestParams, Result, TextContent

from vespera_tui.mcp_front.jobs import IDENTIFIER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.api import EngineAPI


class Handle(Result):
    result_type: Literal["task"] = "task"
    task_id: str
    status: str
    ttl_ms: int | None = None
    poll_interval_ms: int | None = None


class State(Result):
    task_id: str
    status: str
    result: dict[str, Any] | None = None


class Acknowledged(Result):
    pass


class Params(RequestParams):
    task_id: str


class Ask(Request[Params, str]):
    method: str
    params: Params


class Tasks(ClientExtension):
    """Keeps the handle instead of polling it, so that a test can."""

    identifier = IDENTIFIER

    def __init__(self) -> None:
        self.handles: list[Handle] = []

    def claims(self) -> Sequence[ResultClaim[Any]]:
        async def resolve(handle: Handle, _context: ClaimContext) -> CallToolResult:
            self.handles.append(handle)
            answer = {"operation_id": 0, "service": "", "kind": "", "state": "kept by the test"}
            return CallToolResult(
                content=[TextContent(type="text", text="kept")], structured_content=answer
            )

        return [ResultClaim(result_type="task", model=Handle, resolve=resolve)]


async def ask(client: Any, method: str, task_id: str, answer: type[Result]) -> Any:
    request = Ask(method=method, params=Params(task_id=task_id))
    return await client.session.send_request(request, answer)


async def test_without_the_extension_the_answer_is_the_operation(client: Any) -> None:
    result = await client.call_tool("trigger_index_optimization", {})
    assert result.structured_content["operation_id"] > 0


async def test_a_handle_is_the_operation_and_can_be_followed_and_cancelled(
    serve: Any, engine: EngineAPI
) -> None:
    tasks = Tasks()
    async with serve(extensions=[tasks]) as client:
        await client.call_tool("trigger_index_optimization", {})
        (handle,) = tasks.handles
        assert handle.status == "working"
        state = await ask(client, "tasks/get", handle.task_id, State)
        assert (state.task_id, state.status) == (handle.task_id, "working")
        await ask(client, "tasks/cancel", handle.task_id, Acknowledged)
        state = await ask(client, "tasks/get", handle.task_id, State)
        assert state.status == "cancelled"
    number = int(handle.task_id.removeprefix("op-"))
    operation = await engine.get_operation(number)
    assert operation is not None
    assert operation.state == "cancelled"


async def test_the_handle_is_good_in_another_process(serve: Any) -> None:
    tasks = Tasks()
    async with serve(extensions=[tasks]) as client:
        await client.call_tool("trigger_index_optimization", {})
    async with serve(extensions=[Tasks()]) as other:
        state = await ask(other, "tasks/get", tasks.handles[0].task_id, State)
        assert state.status == "working"


async def test_a_short_tool_answers_at_once_all_the_same(serve: Any) -> None:
    tasks = Tasks()
    async with serve(extensions=[tasks]) as client:
        result = await client.call_tool("create_task", {"title": "a"})
    assert result.structured_content["title"] == "a"
    assert tasks.handles == []


@pytest.mark.parametrize("handle", ["op-404", "404", "op-", "op-1x", "x" * 1000])
async def test_an_unknown_handle_is_refused(serve: Any, handle: str) -> None:
    async with serve(extensions=[Tasks()]) as client:
        with pytest.raises(MCPError, match="no job"):
            await ask(client, "tasks/get", handle, State)
