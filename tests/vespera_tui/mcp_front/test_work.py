"""Services and their operations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.operations import ServicePriority

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.api import EngineAPI


async def test_queued_work_answers_with_its_place_and_can_be_looked_up(
    call: Callable[..., Any], engine: EngineAPI
) -> None:
    task = (await call("create_task", title="a"))["id"]
    queued = await call("force_task_embedding", task_id=task)
    assert (queued["kind"], queued["target"]) == ("embed_task", task)
    looked = await call("get_operation", operation_id=queued["operation_id"])
    assert looked["state"] in {"available", "scheduled"}
    operation = await engine.get_operation(queued["operation_id"])
    assert operation is not None
    assert operation.priority is ServicePriority.HIGH
    assert operation.payload == {"force": True}
    again = await call("trigger_index_optimization")
    assert again["place"] == 1
    assert "get_operation" in again["next"]


async def test_work_of_a_service_that_is_off_says_that_it_waits(
    call: Callable[..., Any], engine: EngineAPI
) -> None:
    off = await call("configure_background_service", service="index_optimization", enabled=False)
    assert off["service"]["enabled"] is False
    assert "switched off" in (await call("trigger_index_optimization"))["note"]
    on = await call("configure_background_service", service="index_optimization", enabled=True)
    assert on["service"].get("enabled", True)
    assert (await engine.status(parity=False)).services["index_optimization"].enabled


async def test_an_unknown_operation_and_task(refused: Callable[..., Any]) -> None:
    assert "no operation 404" in await refused("get_operation", operation_id=404)
    assert "no task has the id" in await refused("force_task_embedding", task_id="t-404")


async def test_waiting_ends_when_the_time_is_over_and_tells_progress(
    client: Any, call: Callable[..., Any]
) -> None:
    told: list[str] = []

    async def progress(_done: float, _total: float | None, message: str | None) -> None:
        told.append(message or "")

    await call("create_task", title="a")
    result = await client.call_tool(
        "trigger_index_optimization", {"wait_seconds": 0.6}, progress_callback=progress
    )
    assert result.structured_content["state"] == "available"
    assert told
    assert told[0] == "available, place 1"
