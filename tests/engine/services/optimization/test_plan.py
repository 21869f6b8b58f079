from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.configuration.sections import OptimizationSettings
from engine.services.optimization.gain import NOTHING, told
from engine.services.optimization.plan import (
    CHECKPOINT,
    FREE_PAGES,
    VACUUM,
    Plan,
    chroma_plan,
    graph_needs,
    kuzu_plan,
    sqlite_plan,
)

SETTINGS = OptimizationSettings()
ROOMY = 1e12
SQLITE = {
    "file_bytes": 8e6,
    "pages": 2000,
    "free_pages": 0,
    "unused_bytes": 1e6,
    "incremental": 1,
    "wal_bytes": 0,
}
CHROMA = {
    "bytes": 40e6,
    "vectors": 10_000,
    "elements": 10_000,
    "tombstones": 0,
    "sqlite_bytes": 8e6,
    "pages": 2000,
    "free_pages": 0,
    "recall": 1.0,
}
KUZU = {"bytes": 6e6, "wal_bytes": 0, "rows": 20_000, "needed_bytes": 5.2e6}


def sqlite(free_disk: float = ROOMY, analyses=(), **changed) -> Plan:
    return sqlite_plan(SETTINGS, SQLITE | changed, analyses, free_disk)


def names(plan: Plan) -> list[str]:
    return [work.name for work in plan.works]


def test_of_a_sound_store_nothing_is_done() -> None:
    assert sqlite() == chroma_plan(SETTINGS, CHROMA, None, ROOMY) == Plan()
    assert kuzu_plan(SETTINGS, KUZU, ROOMY) == Plan()
    assert told([], {}, {}) == NOTHING == "nothing to do"


def test_free_pages_are_given_back_in_steps_and_the_log_with_them() -> None:
    assert names(sqlite(free_pages=300)) == [FREE_PAGES, CHECKPOINT]
    assert names(sqlite(free_pages=200)) == []  # less than 1 MB
    assert names(sqlite(wal_bytes=2e6)) == [CHECKPOINT]
    assert names(sqlite(analyses=["ANALYZE main.tasks"])) == ["ANALYZE main.tasks"]


def test_a_full_vacuum_is_for_what_nothing_less_gives_back() -> None:
    assert names(sqlite(unused_bytes=4e6)) == [VACUUM, CHECKPOINT]
    assert names(sqlite(unused_bytes=3e6)) == []
    # a file without the list that incremental vacuum needs
    assert names(sqlite(free_pages=900, incremental=0)) == [VACUUM, CHECKPOINT]
    assert names(sqlite(free_pages=1500, unused_bytes=5e5)) == [FREE_PAGES, CHECKPOINT]


def test_gaps_that_a_full_vacuum_left_are_not_vacuumed_again() -> None:
    figures = SQLITE | {"unused_bytes": 4e6}
    assert sqlite_plan(SETTINGS, figures, [], ROOMY, 45.0) == Plan()
    assert names(sqlite_plan(SETTINGS, figures, [], ROOMY, 30.0)) == [VACUUM, CHECKPOINT]


def test_a_full_vacuum_needs_room_and_must_be_quick() -> None:
    found = sqlite(free_disk=15e6, unused_bytes=4e6)
    assert (found.works, found.left[0].why) == ((), "it needs 16.0 MB of free disk")
    found = sqlite(file_bytes=80e6, pages=20_000, unused_bytes=40e6)
    assert found.works == ()
    assert "writers would wait about 0.8 s" in found.left[0].why
    # what less can do is done meanwhile
    found = sqlite(file_bytes=80e6, pages=20_000, unused_bytes=40e6, free_pages=1000)
    assert names(found) == [FREE_PAGES, CHECKPOINT]


@given(
    st.fixed_dictionaries({name: st.floats(0, 1e13) for name in SQLITE}),
    st.floats(0, 1e13),
)
def test_writers_never_wait_longer_than_is_allowed(figures, free_disk) -> None:
    never = OptimizationSettings(full_vacuum_seconds=0)
    plan = sqlite_plan(never, figures, [], free_disk)
    data = figures["file_bytes"] - figures["unused_bytes"]
    if VACUUM in names(plan):  # only where nothing is left to be copied
        assert data <= figures["file_bytes"] * figures["free_pages"] / max(figures["pages"], 1)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"recall": 0.9}, "recall is 0.900, and 0.950 is wanted"),
        ({"recall": 0.96}, ""),
        ({"elements": 15_000, "tombstones": 5000}, "33% of the index are tombstones"),
        ({"elements": 13_000, "tombstones": 3000}, ""),
        ({"vectors": 500, "elements": 900, "tombstones": 400}, ""),  # few
        ({"free_pages": 600}, "30% of the pages in Chroma's SQLite are free"),
        ({"free_pages": 400}, ""),
        ({"sqlite_bytes": 1e6, "free_pages": 1000}, ""),
    ],
)
def test_when_a_new_index_pays(changed, why: str) -> None:
    plan = chroma_plan(SETTINGS, CHROMA | changed, None, ROOMY)
    assert [work.why for work in plan.works] == ([why] if why else [])


def test_more_recall_than_a_new_index_gave_is_not_hoped_for() -> None:
    assert chroma_plan(SETTINGS, CHROMA | {"recall": 0.9}, 0.91, ROOMY) == Plan()
    assert chroma_plan(SETTINGS, CHROMA | {"recall": 0.88}, 0.91, ROOMY).works


def test_a_store_without_vectors_needs_no_index() -> None:
    nothing = dict.fromkeys(CHROMA, 0)
    del nothing["recall"]
    assert chroma_plan(SETTINGS, nothing, None, ROOMY) == Plan()


def test_no_copy_without_room() -> None:
    plan = chroma_plan(SETTINGS, CHROMA | {"recall": 0.9}, None, 79e6)
    assert (plan.works, len(plan.left)) == ((), 1)
    plan = kuzu_plan(SETTINGS, KUZU | {"bytes": 20e6}, 10e6)
    assert (plan.works, len(plan.left)) == ((), 1)


def test_a_graph_is_written_anew_when_it_has_outgrown_its_data() -> None:
    (work,) = kuzu_plan(SETTINGS, KUZU | {"bytes": 11e6}, ROOMY).works
    assert str(work) == "new file: 11.0 MB for what fits into 5.2 MB"
    assert kuzu_plan(SETTINGS, KUZU | {"bytes": 10e6}, ROOMY) == Plan()
    # the log alone is no growth
    assert names(kuzu_plan(SETTINGS, KUZU | {"bytes": 16e6, "wal_bytes": 10e6}, ROOMY)) == [
        CHECKPOINT
    ]


def test_what_a_graph_needs_follows_what_the_last_new_one_took() -> None:
    assert graph_needs(20_000, 1e6) == 6.2e6
    assert graph_needs(20_000, 1e6, 9e6, 20_000) == 9e6
    assert graph_needs(40_000, 1e6, 9e6, 20_000) == 18e6
    assert graph_needs(10_000, 1e6, 9e6, 20_000) == 9e6


def test_gains_are_told() -> None:
    before = {"bytes": 9e6, "query_seconds": 0.004, "recall": 0.91}
    after = {"bytes": 3e6, "query_seconds": 0.002, "recall": 0.998}
    said = "6.0 MB smaller, queries 4.00 -> 2.00 ms, recall 0.910 -> 0.998"
    assert told(["new index: ..."], before, after) == said
    assert told(["ANALYZE"], before, before) == "done, without a gain that can be measured"
