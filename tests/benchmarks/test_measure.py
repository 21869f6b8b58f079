"""The benchmark's own checks: order, exact delivery, ratios, and that every contestant runs."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from importlib import import_module
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from benchmarks import full_file, latency, ours, raw, report
from benchmarks.__main__ import main
from benchmarks.measure import FULL_FILE, Contestant, Series, Sizes, check_delivery, interleave

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TINY = Sizes(operations=100, singles=100, latencies=3, rows=50, runs=2, idle_seconds=0.1)
WHERE = {"date": "today", "cpus": 2}


def a_contestant(name: str, values: Iterator[float], seen: list[str]) -> Contestant:
    def run(folder: Path, sizes: Sizes) -> dict[str, float]:
        assert list(folder.iterdir()) == []
        seen.append(name)
        return {"enqueue": next(values)}

    return Contestant(name, "FULL", "", run)


def test_contestants_take_turns(tmp_path: Path) -> None:
    seen: list[str] = []
    both = [a_contestant("a", iter([3.0, 1.0]), seen), a_contestant("b", iter([5.0, 5.0]), seen)]
    first, second = interleave(both, tmp_path, TINY)
    assert seen == ["a", "b", "a", "b"]
    assert (first.median, second.median) == (2.0, 5.0)
    assert (first.as_json()["min"], first.as_json()["max"]) == (1.0, 3.0)


def test_exact_delivery_passes() -> None:
    check_delivery("x", [1, 2, 3], [3, 1, 2], 3)


@pytest.mark.parametrize(
    ("accepted", "delivered", "problem"),
    [
        ([1, 2, 3], [1, 2], "1 missing"),
        ([1, 2, 3], [1, 2, 3, 3], "1 more than once"),
        ([1, 2, 3], [1, 2, 4], "1 unknown"),
        ([1, 2], [1, 2], "2 accepted"),
        ([1, 2, 2], [1, 2, 2], "2 accepted"),
    ],
)
def test_other_delivery_ends_the_run(
    accepted: list[int], delivered: list[int], problem: str
) -> None:
    with pytest.raises(SystemExit, match=problem):
        check_delivery("x", accepted, delivered, 3)


async def test_what_a_consumer_raises_ends_the_run() -> None:
    async def fails() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await ours.until(asyncio.Event(), [asyncio.ensure_future(fails())])


@pytest.mark.parametrize("durability", ["FULL", "NORMAL"])
@pytest.mark.parametrize("module", ["ours", "raw", "huey_peer", "persist_peer"])
def test_every_contestant_delivers(tmp_path: Path, module: str, durability: str) -> None:
    if module.endswith("_peer"):
        pytest.importorskip({"huey_peer": "huey", "persist_peer": "persistqueue"}[module])
    found = import_module(f"benchmarks.{module}").contestant(durability).run(tmp_path, TINY)
    assert set(found) == {"enqueue", "deliver", "deliver singly"}
    assert min(found.values()) > 0


@pytest.mark.parametrize(("durability", "pragma"), [("FULL", 2), ("NORMAL", 1), ("OFF", 0)])
def test_the_peers_are_as_durable_as_stated(tmp_path: Path, durability: str, pragma: int) -> None:
    pytest.importorskip("huey")
    pytest.importorskip("persistqueue")
    from benchmarks import huey_peer, persist_peer  # noqa: PLC0415 - they may be missing

    with huey_peer.opened(tmp_path / "h", durability) as peer:
        assert peer.put()
        connection = peer.huey.storage.conn
        assert connection.execute("PRAGMA synchronous").fetchone() == (pragma,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    with persist_peer.opened(tmp_path / "p", durability) as other:
        assert other.put()
        connection = other.queue._putter
        assert connection.execute("PRAGMA synchronous").fetchone() == (pragma,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_latency_has_percentiles_in_order(tmp_path: Path) -> None:
    found = latency.contestant("NORMAL").run(tmp_path, TINY)
    assert list(found) == ["latency p50", "latency p95", "latency p99", "latency max"]
    assert list(found.values()) == sorted(found.values())
    assert found["latency p50"] > 0


@pytest.mark.parametrize("make", [ours.contestant, raw.contestant, latency.contestant])
def test_a_full_file_is_copied_and_used(tmp_path: Path, make: type) -> None:
    template = full_file.build(tmp_path, TINY.rows)
    place = tmp_path / "run"
    place.mkdir()
    contestant = full_file.in_full_file(make("NORMAL"), template)
    contestant.run(place, TINY)
    assert contestant.file == FULL_FILE
    with closing(sqlite3.connect(place / template.name)) as used:
        (waiting,) = used.execute("SELECT count(*) FROM operations").fetchone()
        (finished,) = used.execute("SELECT count(*) FROM finished_operations").fetchone()
    assert waiting == TINY.rows
    assert finished > TINY.rows


def some_results() -> report.Groups:
    def one(name: str, durability: str, value: float, file: str = "empty") -> Series:
        return Series("enqueue", name, durability, "as told", file, [value])

    return {
        "throughput": [
            one("vespera", "FULL", 50.0),
            one("vespera", "FULL", 40.0, FULL_FILE),
            one("raw sqlite3", "FULL", 100.0),
            one("huey", "FULL", 10.0),
            one("persist-queue", "FULL", 20.0),
            one("huey", "OFF", 1000.0),
        ]
    }


def test_ratios_compare_like_with_like() -> None:
    groups = some_results()
    first, full, bare, huey, *_ = groups["throughput"]
    group = groups["throughput"]
    assert report.ratios(first, group) == {"raw": 0.5, "best peer": 2.5}
    assert report.ratios(full, group) == {"empty": 0.8}
    assert report.ratios(bare, group) == {}
    assert report.ratios(huey, group) == {"raw": 0.1}


def test_the_results_as_markdown_and_json(tmp_path: Path) -> None:
    text = report.markdown(some_results(), WHERE, TINY)
    assert "| vespera | FULL | empty | 50.00 | 50.00 | 50.00 | 0.50 | 2.50 |  |" in text
    assert "- huey OFF: as told" in text
    found = json.loads(json.dumps(report.as_json(some_results(), WHERE, TINY)))
    assert found["environment"]["cpus"] == 2
    assert found["results"]["throughput"][0]["ratios"]["raw"] == 0.5


def test_the_environment_names_what_matters(tmp_path: Path) -> None:
    pytest.importorskip("huey")
    pytest.importorskip("persistqueue")
    found = report.environment(tmp_path)
    assert {"date", "cpus", "file_system", "sqlite", "huey", "persist-queue"} <= set(found)


def test_a_number_that_producers_cannot_share_is_refused() -> None:
    result = CliRunner().invoke(main, ["--operations", "150"])
    assert result.exit_code == 2
    assert "multiple of 100" in result.output


def test_one_measurement_from_the_command_line(tmp_path: Path) -> None:
    pytest.importorskip("huey")
    pytest.importorskip("persistqueue")
    file = tmp_path / "out.json"
    options = ["--quick", "--only", "latency", "--dir", str(tmp_path), "--json", str(file)]
    result = CliRunner().invoke(main, options, catch_exceptions=False)
    assert result.exit_code == 0
    found = json.loads(file.read_text(encoding="utf-8"))
    assert {one["durability"] for one in found["results"]["latency"]} == {"FULL", "NORMAL"}
