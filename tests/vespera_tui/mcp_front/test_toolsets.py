"""What is offered: names, schemas, sets, and how much a list of tools costs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from engine.tasks import Link, TaskDraft
from vespera_tui.mcp_front.budget import ANSWER_TOKENS, tokens

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.api import EngineAPI

CORE = {
    "create_task", "get_task", "update_task", "delete_task", "list_tasks", "search_tasks",
    "ready_tasks", "claim_task", "add_dependency", "remove_dependency", "analyze_graph",
}  # fmt: skip
SERVICES = {
    "get_operation", "get_background_service_status", "configure_background_service",
    "trigger_index_optimization", "force_task_embedding",
}  # fmt: skip
CORE_TOKENS = 4_000
BYTES_A_TOKEN_OF_SCHEMA = 4
"""Measured with the vocabulary o200k on this very list: 4.05."""


async def test_sixteen_tools_with_schemas_and_annotations(client: Any) -> None:
    tools = (await client.list_tools()).tools
    assert {tool.name for tool in tools} == CORE | SERVICES
    for tool in tools:
        assert tool.description
        assert tool.title
        assert tool.annotations.open_world_hint is False
        assert tool.annotations.destructive_hint is (tool.name == "delete_task")
        assert tool.output_schema["type"] == "object"
        assert tool.input_schema["additionalProperties"] is False
        assert all("$ref" not in part for part in tool.input_schema["properties"].values())


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_the_set_is_chosen_at_the_start(serve: Any, mode: str) -> None:
    async with serve(mode=mode, toolset="core") as client:
        tools = (await client.list_tools()).tools
        assert {tool.name for tool in tools} == CORE
        listed = [tool.model_dump(by_alias=True, mode="json", exclude_none=True) for tool in tools]
        size = len(json.dumps(listed, separators=(",", ":")).encode())
        assert size / BYTES_A_TOKEN_OF_SCHEMA < CORE_TOKENS
        result = await client.call_tool("force_task_embedding", {"task_id": "a"})
        assert result.is_error


async def test_the_readonly_set_changes_nothing(serve: Any) -> None:
    async with serve(toolset="readonly") as client:
        tools = (await client.list_tools()).tools
    assert all(tool.annotations.read_only_hint for tool in tools)
    assert {tool.name for tool in tools} == {
        "get_task", "list_tasks", "search_tasks", "ready_tasks", "analyze_graph", "get_operation",
        "get_background_service_status",
    }  # fmt: skip


@pytest.fixture
async def crowded(engine: EngineAPI) -> None:
    """10,000 tasks with long titles, and one that 9,999 others wait for."""
    hub = TaskDraft("hub " + "\u6f22" * 400, id="hub", description="d" * 50_000)
    words = "locked database " + "w" * 450
    drafts = [
        TaskDraft(
            words, id=f"t-{n:05}", description="e" * 5_000, project="p" * 100,
            links=(Link("", "hub", "blocks"),),
        )
        for n in range(9_999)
    ]  # fmt: skip
    await engine.import_drafts(list(enumerate([hub, *drafts])))


@pytest.mark.usefixtures("crowded")
async def test_no_answer_passes_the_budget_on_a_large_store(serve: Any) -> None:
    calls: list[tuple[str, dict[str, Any]]] = [
        ("list_tasks", {"limit": 100, "detail": "full"}),
        ("search_tasks", {"text": "locked database", "limit": 100, "detail": "full"}),
        ("ready_tasks", {"limit": 100}),
        ("get_task", {"task_id": "hub"}),
        *(
            ("analyze_graph", {"kind": kind, "task_id": task, "limit": 100, "depth": 2})
            for kind, task in (
                ("impact", "hub"), ("blockers", "t-00001"), ("neighbors", "hub"),
                ("critical_path", "hub"), ("bottlenecks", "hub"), ("cycles", "hub"),
            )
        ),
        ("update_task", {"task_id": "hub", "status": "closed"}),
    ]  # fmt: skip
    async with serve() as client:
        sizes = {}
        for name, arguments in calls:
            result = await client.call_tool(name, arguments)
            assert not result.is_error, (name, result.content)
            sizes[name, arguments.get("kind")] = tokens(result.content[0].text)
    assert max(sizes.values()) <= ANSWER_TOKENS, sizes
    assert sizes["list_tasks", None] > ANSWER_TOKENS // 2, "the page is filled as far as it may be"


async def test_what_an_unknown_tool_says(refused: Callable[..., Any]) -> None:
    assert "no_such_tool" in await refused("no_such_tool")
