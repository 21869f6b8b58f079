"""The MCP front: in-process against a recording engine, and once as a real process."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp_types import Implementation

import mcp_server
from engine.errors import CycleError, TaskNotFoundError
from engine.operations import ServicePriority, ServiceType
from engine.snapshots import (
    Alert,
    EngineInfo,
    EngineStatus,
    OperationView,
    Parity,
    ServiceSnapshot,
    StoreParity,
    TaskCounts,
)
from engine.tasks import Task, TaskDraft, check_fields

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from mcp_types import CallToolResult

ROOT = Path(__file__).parent.parent
TOOLS = {
    "create_task",
    "get_background_service_status",
    "configure_background_service",
    "trigger_index_optimization",
    "force_task_embedding",
}


class RecordingEngine:
    """The part of EngineAPI that the tools use, kept in dictionaries."""

    def __init__(self) -> None:
        self.tasks: dict[str, Task] = {}
        self.queue: list[OperationView] = []
        self.actors: list[str] = []
        self.payloads: list[Mapping[str, Any]] = []
        self.services = {name.value: ServiceSnapshot(name.value) for name in ServiceType}
        self.opened = self.closed = 0

    @asynccontextmanager
    async def open(self) -> AsyncIterator[RecordingEngine]:
        self.opened += 1
        try:
            yield self
        finally:
            self.closed += 1

    async def create_task(self, draft: TaskDraft, *, actor: str = "") -> Task:
        check_fields({"title": draft.title, "priority": draft.priority, "parent": draft.parent})
        if "t-loop" in draft.depends_on:
            raise CycleError(["t-1", "t-loop", "t-1"])
        if draft.title == "crash":
            raise RuntimeError("the secret of this machine")
        self.actors.append(actor)
        task = Task(
            id=f"t-{len(self.tasks) + 1}",
            title=draft.title,
            priority=draft.priority,
            tags=draft.tags,
            parent=draft.parent,
            status=draft.status,
        )
        self.tasks[task.id] = task
        return task

    async def get_task(self, task_id: str) -> Task:
        if task_id not in self.tasks:
            raise TaskNotFoundError(task_id)
        return self.tasks[task_id]

    async def status(self, *, parity: bool = True) -> EngineStatus:  # noqa: ARG002 - as in EngineAPI
        return EngineStatus(
            engine=EngineInfo(state="running", profile="development", uptime_seconds=2.0),
            services=self.services,
            tasks=TaskCounts(total=len(self.tasks)),
            parity=StoreParity(vectors=Parity(expected=3, current=1, missing=2)),
            alerts=(Alert("a", "warning", "2 vectors are missing"),),
        )

    async def schedule_operation(
        self,
        service: str,
        kind: str,
        target: str | None = None,
        *,
        priority: ServicePriority = ServicePriority.NORMAL,
        delay: float = 0.0,  # noqa: ARG002 - as in EngineAPI
        payload: Mapping[str, Any] | None = None,
        actor: str = "",  # noqa: ARG002 - as in EngineAPI
    ) -> int:
        number = 10 + len(self.queue)
        self.payloads.append(payload or {})
        self.queue.append(
            OperationView(number, service, kind, target, "available", priority, 0, 3, 1.0, 1.0)
        )
        return number

    async def operations(
        self, *, service: str, state: str, limit: int = 100
    ) -> list[OperationView]:
        return [op for op in self.queue if (op.service, op.state) == (service, state)][:limit]

    async def get_operation(self, operation_id: int) -> OperationView | None:
        return next((op for op in self.queue if op.id == operation_id), None)

    async def configure_background_service(
        self, service: str, *, enabled: bool, actor: str = ""
    ) -> ServiceSnapshot:
        self.actors.append(actor)
        status = "running" if enabled else "disabled"
        self.services[service] = replace(self.services[service], enabled=enabled, status=status)
        return self.services[service]


@pytest.fixture
def engine() -> RecordingEngine:
    return RecordingEngine()


@pytest.fixture(params=["auto", "legacy"])
async def client(request: pytest.FixtureRequest, engine: RecordingEngine) -> AsyncIterator[Any]:
    server = mcp_server.create_server(engine.open)
    who = Implementation(name="agent-7", version="1")
    # entered and left in one task, as the client's cancel scopes demand
    ready: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    done = asyncio.Event()

    async def hold() -> None:
        async with Client(server, mode=request.param, client_info=who) as connected:
            ready.set_result(connected)
            await done.wait()

    holder = asyncio.create_task(hold())
    yield await ready
    done.set()
    await holder


def error_of(result: CallToolResult) -> str:
    assert result.is_error
    return result.content[0].text


async def test_five_tools_with_schemas_and_annotations(client: Any) -> None:
    tools = (await client.list_tools()).tools
    assert {tool.name for tool in tools} == TOOLS
    for tool in tools:
        assert tool.description
        assert tool.annotations.title
        assert tool.annotations.open_world_hint is False
        assert tool.output_schema["type"] == "object"
        assert tool.input_schema["additionalProperties"] is False
        assert all("$ref" not in part for part in tool.input_schema["properties"].values())
    reads = {tool.name for tool in tools if tool.annotations.read_only_hint}
    assert reads == {"get_background_service_status"}


async def test_create_task_answers_with_what_was_stored(
    client: Any, engine: RecordingEngine
) -> None:
    first = await client.call_tool("create_task", {"title": "Write the report"})
    assert first.structured_content["id"] == "t-1"
    arguments = {"title": "Send it", "depends_on": ["t-1", "t-9"], "tags": ["post"], "priority": 0}
    second = (await client.call_tool("create_task", arguments)).structured_content
    assert second["depends_on"] == ["t-1", "t-9"]
    assert second["unknown"] == ["t-9"]
    assert (second["tags"], second["priority"], second["status"]) == (["post"], 0, "open")
    assert engine.actors == ["agent-7", "agent-7"]


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
        ({}, ["title", "required"]),
        ({"title": "x", "depends_on": ["t-loop"]}, ["close a cycle: t-1 -> t-loop -> t-1"]),
    ],
)
async def test_wrong_arguments_are_refused_in_one_line(
    client: Any, engine: RecordingEngine, arguments: dict[str, Any], words: list[str]
) -> None:
    text = error_of(await client.call_tool("create_task", arguments))
    assert all(word in text for word in words), text
    assert "\n" not in text
    assert engine.tasks == {}


async def test_a_bug_of_the_engine_does_not_reach_the_model(client: Any) -> None:
    text = error_of(await client.call_tool("create_task", {"title": "crash"}))
    assert "secret" not in text


async def test_status_is_what_the_engine_reports(client: Any) -> None:
    status = (await client.call_tool("get_background_service_status", {})).structured_content
    assert set(status["services"]) == {name.value for name in ServiceType}
    assert status["in_step"] is False
    assert status["parity"]["vectors"]["missing"] == 2
    assert status["alerts"][0]["message"] == "2 vectors are missing"
    metrics = status["services"]["auto_embedding"]["metrics"]
    assert metrics["operations_completed"] == 0


async def test_a_service_is_switched_off_and_on(client: Any, engine: RecordingEngine) -> None:
    for enabled in (False, True):
        arguments = {"service": "auto_embedding", "enabled": enabled}
        result = await client.call_tool("configure_background_service", arguments)
        assert result.structured_content["service"]["enabled"] is enabled
        assert engine.services["auto_embedding"].enabled is enabled


async def test_unknown_service_lists_the_allowed(client: Any) -> None:
    arguments = {"service": "embedding", "enabled": False}
    text = error_of(await client.call_tool("configure_background_service", arguments))
    assert all(name.value in text for name in ServiceType), text
    arguments = {"service": "auto_embedding", "enabled": "false"}
    text = error_of(await client.call_tool("configure_background_service", arguments))
    assert "enabled" in text


async def test_queued_work_answers_with_its_place(client: Any, engine: RecordingEngine) -> None:
    await client.call_tool("create_task", {"title": "Write"})
    first = await client.call_tool("force_task_embedding", {"task_id": "t-1"})
    second = (await client.call_tool("force_task_embedding", {"task_id": "t-1"})).structured_content
    assert first.structured_content["place"] == 1
    assert second["operation_id"] == first.structured_content["operation_id"] + 1
    assert (second["state"], second["place"], second["target"]) == ("available", 2, "t-1")
    assert engine.queue[0].priority is ServicePriority.HIGH
    assert engine.payloads[0] == {"force": True}


async def test_work_of_a_service_that_is_off_says_that_it_waits(client: Any) -> None:
    off = {"service": "index_optimization", "enabled": False}
    await client.call_tool("configure_background_service", off)
    queued = (await client.call_tool("trigger_index_optimization", {})).structured_content
    assert (queued["kind"], queued["target"]) == ("optimize_indices", "manual_trigger")
    assert "switched off" in queued["note"]


async def test_embedding_an_unknown_task_queues_nothing(
    client: Any, engine: RecordingEngine
) -> None:
    text = error_of(await client.call_tool("force_task_embedding", {"task_id": "t-404"}))
    assert "no task has the id 't-404'" in text
    assert engine.queue == []


async def test_the_engine_is_opened_once_and_closed(engine: RecordingEngine) -> None:
    async with Client(mcp_server.create_server(engine.open)) as client:
        await client.list_tools()
        assert (engine.opened, engine.closed) == (1, 0)
    assert (engine.opened, engine.closed) == (1, 1)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mcp_server", *arguments]
    return subprocess.run(
        command, cwd=ROOT, input="", text=True, capture_output=True, timeout=60, check=False
    )


@pytest.mark.parametrize("word", ["--data", "surplus", "--nonsense=1"])
def test_wrong_flags_end_with_2_and_one_line(word: str) -> None:
    result = run(word)
    assert (result.returncode, result.stdout) == (2, "")
    assert "--data-dir, --profile, --config" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_front_needs_neither_screen_nor_model() -> None:
    banned = ["textual", "widgets", "vespera_tui", "torch", "chromadb", "kuzu", "onnxruntime"]
    code = f"import sys, mcp_server, engine.host; print([n for n in {banned} if n in sys.modules])"
    command = [sys.executable, "-c", code]
    result = subprocess.run(
        command, cwd=ROOT, text=True, capture_output=True, timeout=60, check=True
    )
    assert result.stdout == "[]\n"


def test_end_of_input_ends_the_process(tmp_path: Path) -> None:
    result = run("--data-dir", str(tmp_path / "data"))
    assert (result.returncode, result.stdout) == (0, ""), result.stderr


async def test_end_to_end_over_stdio_with_the_real_engine(tmp_path: Path) -> None:
    data = tmp_path / "data"
    parameters = StdioServerParameters(
        command=sys.executable,
        args=["-m", "mcp_server", "--data-dir", str(data), "--profile", "development"],
        cwd=ROOT,
    )
    async with Client(parameters) as client:
        assert {tool.name for tool in (await client.list_tools()).tools} == TOOLS
        created = await client.call_tool("create_task", {"title": "Write the report"})
        task_id = created.structured_content["id"]
        forced = await client.call_tool("force_task_embedding", {"task_id": task_id})
        assert forced.structured_content["service"] == "auto_embedding"
        assert forced.structured_content["operation_id"] > 0
        status: dict[str, Any] = {}
        for _ in range(600):  # the model loads in a child process; the test's own limit stops it
            result = await client.call_tool("get_background_service_status", {})
            status = result.structured_content
            if status["in_step"]:
                break
            await asyncio.sleep(0.1)
        assert status["in_step"], status
        assert status["parity"]["vectors"]["current"] == status["tasks"] == 1
        second = await asyncio.to_thread(run, "--data-dir", str(data))
        assert (second.returncode, second.stdout) == (4, ""), second.stderr
        assert "Traceback" not in second.stderr


def test_sigterm_ends_the_process_while_input_is_open(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mcp_server", "--data-dir", str(tmp_path / "data")]
    hello = (
        '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18",'
        '"capabilities":{},"clientInfo":{"name":"t","version":"1"}}}\n'
    )
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(hello)
        process.stdin.flush()
        assert "vespera" in process.stdout.readline()
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(timeout=60) == 0
