"""Arguments are taken as they are, or refused in one line that says what is right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.api import EngineAPI


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"titel": "x"}, ["unknown argument 'titel'", "did you mean 'title'?"]),
        ({"title": "x", "zzzz": 1}, ["unknown argument 'zzzz'", "depends_on"]),
        ({"title": "x", "priority": "1"}, ["priority", "valid integer", '"1"']),
        ({"title": "x", "priority": True}, ["priority", "valid integer"]),
        ({"title": "x", "priority": 7}, ["priority", "less than or equal to 4", "7"]),
        ({"title": "x", "status": "done"}, ["status", "'closed'", '"done"']),
        ({"title": "x", "tags": "a"}, ["tags", '"a"']),
        ({"title": 5}, ["title", "string"]),
        ({"title": " "}, ["title: must not be empty"]),
        ({"title": "x" * 501}, ["title", "at most 500"]),
        ({"title": "x" * 1_000_000}, ["title", "at most 500"]),
        ({"title": "x", "description": "x" * 2_000_001}, ["at most 2,000,000"]),
        ({"title": "a\0b"}, ["title", "NUL"]),
        ({}, ["title", "required"]),
    ],
)
async def test_wrong_arguments_are_refused_and_nothing_is_stored(
    refused: Callable[..., Any], engine: EngineAPI, arguments: dict[str, Any], words: list[str]
) -> None:
    text = await refused("create_task", **arguments)
    assert all(word in text for word in words), text
    assert len(text) < 500
    assert await engine.list_tasks() == []


@pytest.mark.parametrize(
    "hostile",
    ["'; DROP TABLE tasks; --", "../../etc/passwd", "MATCH (n) DETACH DELETE n", "%s%n", "t-1\n"],
)
async def test_hostile_ids_name_no_task_and_do_no_harm(
    client: Any, call: Callable[..., Any], hostile: str
) -> None:
    kept = await call("create_task", title="kept")
    for tool in ("get_task", "force_task_embedding", "delete_task"):
        result = await client.call_tool(tool, {"task_id": hostile})
        assert result.is_error
        assert "no task has the id" in result.content[0].text
    assert (await call("get_task", task_id=kept["id"]))["title"] == "kept"


async def test_unknown_service_lists_the_allowed(refused: Callable[..., Any]) -> None:
    text = await refused("configure_background_service", service="embedding", enabled=False)
    assert "'auto_embedding'" in text
    assert "'index_optimization'" in text
    text = await refused("configure_background_service", service="auto_embedding", enabled="false")
    assert "enabled" in text
