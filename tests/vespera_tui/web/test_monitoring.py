"""What monitors are told over HTTP."""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as families

from engine.errors import DataDirectoryError, OwnerStoppedError
from engine.snapshots import (
    Alert,
    CycleCounts,
    EngineInfo,
    EngineStatus,
    GraphParity,
    Parity,
    QueueDepth,
    ServiceMetrics,
    ServiceSnapshot,
    StoreParity,
    TaskCounts,
)
from vespera_tui.web import monitoring
from vespera_tui.web.address import Address
from vespera_tui.web.metrics import exposition
from vespera_tui.web.serving import listen, serve_on

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HOSTILE = 'a"b\\c\nd\x1b'
STATUS = EngineStatus(
    engine=EngineInfo(
        "running", 7, "headless", 2, "production", 12.5, "0.1.0", "/d",
        memory_bytes={"main": 1000}, cpu_percent={"main": 150.0}, share=0.5,
        unexpected_errors={"calls": 3},
    ),
    services={
        "auto_embedding": ServiceSnapshot(
            "auto_embedding", True, "degraded",
            queue=QueueDepth(1, 2, 3, 4, 5, 6),
            metrics=ServiceMetrics(10, 2, 3, p95_seconds=0.25, deadlines_missed=1),
        )
    },
    tasks=TaskCounts(3, {"open": 2, "closed": 1}, {HOSTILE: 4}, 5),
    parity=StoreParity(
        Parity(3, 2, 1), GraphParity(Parity(error="damaged"), Parity(2, 2)), checked_at=1e9
    ),
    cycles=CycleCounts(1, 4),
    alerts=(Alert("a", "warning", "x"),),
)  # fmt: skip


class Engine:
    """Answers with a status, or with an error."""

    def __init__(self) -> None:
        self.answer: EngineStatus | Exception = STATUS
        self.hangs = False

    async def status(self, *, parity: bool = True) -> EngineStatus:
        assert not parity, "the projections are not read for a monitor"
        if self.hangs:
            await asyncio.Event().wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def client(engine: Any, host: str = "127.0.0.1") -> httpx.AsyncClient:
    app = monitoring.monitoring_app(engine, Address(host, 9464))
    base = "http://127.0.0.1:9464"
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base)


def samples(text: str) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in families(text)
        for sample in family.samples
    }


async def test_ready_while_the_services_run() -> None:
    engine = Engine()
    async with client(engine) as web:
        assert (await web.get("/healthz")).json() == {"status": "alive"}
        ready = await web.get("/readyz")
        assert (ready.status_code, ready.json()["owner"]) == (200, {"pid": 7, "mode": "headless"})
        engine.answer = replace(STATUS, engine=replace(STATUS.engine, state="stopping"))
        stopping = await web.get("/readyz")
        assert stopping.status_code == 503
        assert stopping.json()["reason"] == "the engine is stopping"


@pytest.mark.parametrize("path", ["/readyz", "/metrics"])
async def test_an_engine_that_does_not_answer_is_503_with_the_reason(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(monitoring, "PATIENCE_SECONDS", 0.01)
    engine = Engine()
    async with client(engine) as web:
        engine.answer = OwnerStoppedError("process 7 is stopped")
        answer = await web.get(path)
        assert (answer.status_code, answer.json()["reason"]) == (503, "process 7 is stopped")
        engine.hangs = True
        answer = await web.get(path)
        assert answer.status_code == 503
        assert "no answer within" in answer.json()["reason"]
        assert (await web.get("/healthz")).status_code == 200


async def test_the_metrics_say_what_the_status_says() -> None:
    async with client(Engine()) as web:
        answer = await web.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    found = samples(answer.text)
    service = "auto_embedding"
    assert found["vespera_build_info", "headless", "production", "0.1.0"] == 1
    assert found["vespera_engine_running",] == 1
    assert found["vespera_operations_completed_total", service] == 10
    assert found["vespera_operations_failed_total", service] == 2
    assert found["vespera_operations", service, "available"] == 2
    assert found["vespera_operations", service, "overdue"] == 6
    assert found["vespera_operation_duration_seconds", "0.95", service] == 0.25
    assert found["vespera_service_status", service, "degraded"] == 1
    assert found["vespera_service_status", service, "running"] == 0
    assert found["vespera_process_cpu_ratio", "main"] == 1.5
    assert found["vespera_process_resident_memory_bytes", "main"] == 1000
    assert found["vespera_projection_rows", "missing", "vectors"] == 1
    assert found["vespera_projection_readable", "graph_nodes"] == 0
    assert ("vespera_projection_rows", "missing", "graph_nodes") not in found
    assert found["vespera_unexpected_errors_total", "calls"] == 3
    assert found["vespera_alerts", "warning"] == 1
    assert found["vespera_alerts", "critical"] == 0
    assert found["vespera_tasks", "open"] == 2
    assert found["vespera_links", HOSTILE] == 4


async def test_open_metrics_when_asked_for() -> None:
    async with client(Engine()) as web:
        answer = await web.get("/metrics", headers={"Accept": "application/openmetrics-text"})
    assert "openmetrics-text" in answer.headers["content-type"]
    assert len(list(open_metrics(answer.text))) > 15


def test_names_and_units_follow_the_conventions() -> None:
    found = list(families(exposition(STATUS, "")[0].decode()))
    for family in found:
        assert re.fullmatch(r"vespera_[a-z_]+", family.name)
        assert not re.search(r"(milli|micro|_ms|_kb|_mb|percent|count)\b", family.name)
        assert family.documentation
        if family.type == "counter":
            assert all(sample.name.endswith("_total") for sample in family.samples)


def test_every_metric_is_documented_and_no_other() -> None:
    guide = (Path(__file__).parents[3] / "docs" / "operations.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `(vespera_[a-z_]+)", guide, re.MULTILINE))
    there = {
        sample.name
        for family in families(exposition(STATUS, "")[0].decode())
        for sample in family.samples
    }
    assert documented == there
    used = set(re.findall(r"vespera_[a-z_]+", guide)) - {"vespera_tui"}
    assert used == there


@pytest.mark.parametrize(("host", "code"), [("127.0.0.1", 400), ("0.0.0.0", 200)])  # noqa: S104 - the case in question
async def test_a_foreign_name_is_refused_where_only_this_machine_is_meant(
    host: str, code: int
) -> None:
    async with client(Engine(), host) as web:
        for name in ("evil.example", "evil.example:9464"):
            assert (await web.get("/metrics", headers={"Host": name})).status_code == code
        for name in ("127.0.0.1:9464", "localhost", "[::1]:9464"):
            assert (await web.get("/metrics", headers={"Host": name})).status_code == 200


@asynccontextmanager
async def served(address: Address) -> AsyncIterator[asyncio.Task[None]]:
    stop = asyncio.Event()
    with listen(address) as listening:
        app = monitoring.monitoring_app(Engine(), address)  # type: ignore[arg-type] # plays it
        serving = asyncio.create_task(serve_on(listening, app, stop))
        yield serving
        stop.set()
        await serving


async def test_served_until_told_to_stop(unused_tcp_port: int) -> None:
    address = Address("127.0.0.1", unused_tcp_port)
    async with served(address) as serving, httpx.AsyncClient() as web:
        answer = await web.get(f"http://{address.shown}/healthz")
        assert answer.status_code == 200
        with pytest.raises(DataDirectoryError, match="choose another port"):
            listen(address)
    assert serving.done()
