"""The benchmark's graphs are what they claim, and all contestants answer alike."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import networkx as nx
import pytest

from benchmarks import cycle_audit, cycle_edges, report
from benchmarks.measure import QUICK, Series

if TYPE_CHECKING:
    from pathlib import Path

TINY = replace(QUICK, tasks=60, links=120, pairs=40, peer_pairs=40, audit_tasks=60, audit_links=120)


def test_the_graph_is_acyclic_and_of_its_size() -> None:
    edges = cycle_edges.acyclic(60, 120)
    assert len(edges) == 120
    assert nx.is_directed_acyclic_graph(nx.DiGraph(edges))
    assert cycle_edges.acyclic(60, 120) == edges


def test_all_contestants_refuse_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[list[bool]] = []

    def asked(add, pairs) -> dict[str, float]:
        answers.append([add(*pair) for pair in pairs])
        return {}

    monkeypatch.setattr(cycle_edges, "timed", asked)
    for contestant in cycle_edges.contestants():
        contestant.run(tmp_path, TINY)
    assert answers[0] == answers[1] == answers[2]
    assert set(answers[0]) == {True, False}


@pytest.mark.parametrize(
    "contestant",
    [*cycle_audit.contestants(), cycle_audit.file_contestant()],
    ids=lambda contestant: contestant.name,
)
def test_each_audit_finds_the_planted_ring(contestant, tmp_path: Path) -> None:
    assert contestant.run(tmp_path, TINY)["audit"] > 0


def test_of_times_the_least_is_the_best_peer() -> None:
    series = [
        Series("added edge p50", name, "", "", "", [value])
        for name, value in (("vespera", 2.0), ("networkx", 8.0), ("recursive SQL", 4.0))
    ]
    assert report.ratios(series[0], series) == {"best peer": 0.5}
