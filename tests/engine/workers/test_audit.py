"""The audit reads all waiting links of the truth and explains what it finds."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.database import schema
from engine.workers.projections.audit import audit
from engine.workers.projections.truth import Snapshot

if TYPE_CHECKING:
    from engine.stores.projections import Projections

NAMES = [f"t{n}" for n in range(10)]
ENDS = st.sampled_from([*NAMES, "not-there"])
KINDS = st.sampled_from(["blocks", "parent-child", "related"])
LINKS = st.sets(st.tuples(st.sampled_from(NAMES), ENDS, KINDS), max_size=30)
Links = set[tuple[str, str, str]]


def audited(links: Links) -> dict:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.row_factory = sqlite3.Row
        connection.executescript(schema.script())
        connection.executemany(
            "INSERT INTO tasks (id, title, created_at, updated_at, content_hash)"
            " VALUES (?, 'T', 1, 1, 'h')",
            [(name,) for name in NAMES],
        )
        connection.executemany("INSERT INTO links VALUES (?, ?, ?, 1, 'ann', 1)", sorted(links))
        return audit(Snapshot(connection), 50, 60)


def waiting(links: Links) -> list[tuple[str, str, str]]:
    there = [link for link in links if link[1] != "not-there" and link[2] != "related"]
    return [(a, b, kind) if kind == "blocks" else (b, a, kind) for a, b, kind in there]


def groups(edges: list[tuple[str, str, str]]) -> list[list[str]]:
    graph = nx.DiGraph([edge[:2] for edge in edges])
    found = nx.strongly_connected_components(graph)
    return sorted(sorted(c) for c in found if len(c) > 1 or graph.has_edge(*list(c) * 2))


@given(LINKS)
@settings(max_examples=200, deadline=None)
def test_components_agree_with_networkx(links: Links) -> None:
    report = audited(links)
    edges = waiting(links)
    assert report["edges_checked"] == len(edges)
    assert sorted(component["tasks"] for component in report["components"]) == groups(edges)


@given(LINKS)
@settings(max_examples=100, deadline=None)
def test_cycles_are_shortest_and_cuts_are_best(links: Links) -> None:
    for component in audited(links)["components"]:
        own = [tuple(edge) for edge in component["edges"]]
        inside = set(component["tasks"])
        assert sorted(own) == sorted(e for e in waiting(links) if {e[0], e[1]} <= inside)
        cycle = component["cycle"]
        steps = set(zip(cycle, [*cycle[1:], cycle[0]], strict=True))
        assert steps <= {edge[:2] for edge in own}
        assert len(cycle) == girth(own)
        left = {edge[:2]: tasks_left(own, edge[:2]) for edge in own}
        best = min(left.values())
        first = component["cuts"][0]
        chosen = tuple(first[:2])
        assert left[chosen] == best
        assert {tuple(cut[:3]) for cut in component["cuts"]} <= set(own)
        ties = [pair for pair in left if left[pair] == best]
        if (
            first[2] == "parent-child" and component["cycles"] == 1
        ):  # only if nothing else is as good
            assert all((*pair, "parent-child") in own for pair in ties)
        if best == 0:
            assert {tuple(cut[:2]) for cut in component["cuts"]} == {chosen}
            assert f"frees {len(inside)} of {len(inside)} tasks; added " in first[3]


def girth(edges: list[tuple[str, str, str]]) -> int:
    cycles = nx.simple_cycles(nx.DiGraph([edge[:2] for edge in edges]))
    return min(len(cycle) for cycle in cycles)


def tasks_left(edges: list[tuple[str, str, str]], cut: tuple[str, ...]) -> int:
    return sum(len(group) for group in groups([edge for edge in edges if edge[:2] != cut]))


async def test_the_child_tells_the_cycle_in_order(truth, projections: Projections) -> None:
    truth.add("a", "b", "c", "d", "e")
    truth.link("a", "b")
    truth.link("b", "c")
    truth.link("a", "c", "parent-child", by="agent-7")  # c is the parent: c waits for a
    truth.link("d", "d")
    truth.link("e", "a")
    report = await projections.audit(50, 5)
    assert report.edges_checked == 5
    assert not report.bounded
    assert report.checked_at is not None
    alone, three = sorted(report.components, key=lambda component: len(component.tasks))
    assert (alone.tasks, alone.cycle, alone.edges) == (("d",), ("d",), (("d", "d", "blocks"),))
    assert (three.tasks, three.cycle) == (("a", "b", "c"), ("a", "b", "c"))
    assert set(three.edges) == {
        ("a", "b", "blocks"),
        ("b", "c", "blocks"),
        ("c", "a", "parent-child"),
    }
    assert three.suggested_cut.kind == "blocks"
    assert three.suggested_cut.reason.endswith("by ann; priority 2")
    assert (three.cycles, three.cycles_complete, three.bounded) == (1, True, False)


async def test_an_audit_without_time_still_shows_a_cycle(truth, projections: Projections) -> None:
    truth.add(*NAMES)
    for a in NAMES:
        for b in NAMES:
            truth.link(a, b)
    report = await projections.audit(50, 0)
    (component,) = report.components
    assert report.bounded
    assert component.cycle
    assert not component.cycles_complete
    assert "of 1 cycle known, frees " in component.suggested_cut.reason


async def test_others_are_answered_while_a_large_component_is_explained(
    truth, projections: Projections
) -> None:
    ids, draw = truth.add_many(5000), random.Random(3)  # noqa: S311 - repeatable, not secret
    back = [(ids[n], ids[draw.randrange(n)]) for n in range(1, 5000) for _ in range(2)]
    truth.link_many([(ids[-1], ids[0]), *back])
    await projections.sizes()  # the child is there
    explaining = asyncio.create_task(projections.audit(50, 600))
    for _ in range(5):
        await projections.sizes()
    assert not explaining.done()
    explaining.cancel()
    with pytest.raises(asyncio.CancelledError):
        await explaining
    report = await projections.audit(50, 0)  # the one that nobody wants any more gives way
    assert len(report.components[0].tasks) == 5000


async def test_no_links_no_cycles(truth, projections: Projections) -> None:
    report = await projections.audit(50, 5)
    assert (report.components, report.edges_checked, report.bounded) == ((), 0, False)


def test_a_huge_component_is_told_in_part_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.workers.projections.audit.EDGES_TOLD", 2)
    report = audited({("t0", "t1", "blocks"), ("t1", "t2", "blocks"), ("t2", "t0", "blocks")})
    (component,) = report["components"]
    assert (len(component["edges"]), len(component["tasks"])) == (2, 3)
    assert report["bounded"]


def test_the_links_of_the_cycle_and_of_the_cut_are_always_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Otherwise the picture of a huge component would have no cut in it."""
    monkeypatch.setattr("engine.workers.projections.audit.EDGES_TOLD", 2)
    ring = {(f"t{n}", f"t{(n + 1) % 6}", "blocks") for n in range(6)}
    report = audited({*ring, ("t5", "t4", "blocks")})
    (component,) = report["components"]
    assert sorted(component["cycle"]) == ["t4", "t5"]
    assert sorted(edge[:2] for edge in component["edges"]) == [["t4", "t5"], ["t5", "t4"]]
