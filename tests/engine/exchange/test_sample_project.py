"""The bundled sample project has what the tour promises."""

from __future__ import annotations

import networkx as nx

from engine.exchange.format import read_file
from engine.exchange.sample import sample_path

PARSED = read_file(sample_path())
DRAFTS = [draft for _, draft in PARSED.drafts]


def test_it_reads_without_an_error_and_without_dangling_links() -> None:
    assert (PARSED.format, PARSED.errors, len(DRAFTS)) == ("vespera", (), 60)
    ids = {draft.id for draft in DRAFTS}
    assert {target for draft in DRAFTS for target in draft.depends_on} <= ids
    assert {draft.parent for draft in DRAFTS} - {""} <= ids


def test_it_is_varied_enough_to_try_everything() -> None:
    assert len({draft.project for draft in DRAFTS}) == 5
    assert len({draft.assignee for draft in DRAFTS} - {""}) == 4
    assert {draft.priority for draft in DRAFTS} == {0, 1, 2, 3, 4}
    assert {draft.status for draft in DRAFTS} >= {"open", "in_progress", "blocked", "closed"}
    assert all(draft.description and draft.tags is not None for draft in DRAFTS)
    assert all(draft.tags for draft in DRAFTS if draft.parent)
    assert all((draft.closed_at is not None) == (draft.status == "closed") for draft in DRAFTS)


def test_it_has_exactly_three_cycles_of_two_four_and_seven_tasks() -> None:
    graph: nx.DiGraph[str] = nx.DiGraph()
    for draft in DRAFTS:
        graph.add_edges_from((draft.id, target) for target in draft.depends_on)
        if draft.parent:
            graph.add_edge(draft.parent, draft.id)
    assert nx.number_of_selfloops(graph) == 0
    sizes = [len(found) for found in nx.strongly_connected_components(graph)]
    assert sorted(size for size in sizes if size > 1) == [2, 4, 7]
