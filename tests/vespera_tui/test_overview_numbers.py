"""From what the engine reports to what the overview shows of long work and of optimising."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from engine.snapshots import (
    STEPS,
    EngineStatus,
    OptimizationRun,
    Progress,
    QueueDepth,
    ServiceSnapshot,
)
from vespera_tui.demo.clock import NOW
from vespera_tui.snapshot import build
from widgets.service_card import ServiceCard
from widgets.stores_panel import StoresPanel

if TYPE_CHECKING:
    from widgets.models import ServiceModel

EMBEDDING = "auto_embedding"
SERVICE = ServiceSnapshot(EMBEDDING, status="running", queue=QueueDepth(available=96, running=1))


def status(**changes: Any) -> EngineStatus:
    """One service, changed, and nothing else."""
    return EngineStatus(services={EMBEDDING: replace(SERVICE, **changes)})


def card(rates: tuple[float, ...] = (), **changes: Any) -> ServiceModel:
    made = build(status(**changes), [], [], now=NOW, rates={EMBEDDING: rates})
    return made.services[0]


def doing(model: ServiceModel, width: int = 60) -> str:
    return ServiceCard(model).paint(model, width, 5)[1].plain


def progress(**fields: Any) -> Any:
    return Progress(**{"done": 300, "total": 1_200, "unit": "rows", **fields})


def test_long_work_shows_its_bar_numbers_and_time_left() -> None:
    model = card(progress=progress(rate=10.0, seconds_left=90.0))
    assert (model.progress, model.seconds_left) == (0.25, 90.0)
    assert doing(model).startswith("━━────── 25% 300 of 1,200 rows")
    assert doing(model).endswith("≈1m 30s left")
    assert "left" not in doing(card(progress=progress()))


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (44, "━━────── 25% 300 of 1,200 rows  ≈1m 30s left"),
        (40, "━━────── 25% 300 of 1,200   ≈1m 30s left"),
        (30, "━━────── 25%      ≈1m 30s left"),
        (16, "━━────── 25%"),
    ],
)
def test_the_time_left_is_kept_where_there_is_no_room_for_the_count(width: int, line: str) -> None:
    assert doing(card(progress=progress(seconds_left=90.0)), width) == line


@pytest.mark.parametrize(("done", "share"), [(0, 0.0), (2_000, 1.0), (-1, 0.0)])
def test_progress_stays_within_its_bar(done: int, share: float) -> None:
    assert card(progress=progress(done=done)).progress == share


def test_work_that_nobody_can_count_has_a_bar_that_goes_to_and_fro() -> None:
    working = {"progress": progress(done=0, total=0), "activity": "sqlite: measuring"}
    model = card(**working)
    assert (model.progress, model.uncounted) == (None, NOW)
    assert doing(replace(model, uncounted=0.0)) == "━━━───── sqlite: measuring"
    assert doing(replace(model, uncounted=1.0)) == "──━━━─── sqlite: measuring"
    assert doing(replace(model, uncounted=3.0)) == "────━━━─ sqlite: measuring"
    assert doing(replace(model, uncounted=1.0), 5).startswith("──━━━")


def test_a_step_of_many_says_what_it_is() -> None:
    model = card(progress=Progress(1, 4, STEPS), activity="kuzu: a new file")
    assert doing(model).rstrip() == "━━────── 25% 1 of 4 steps, kuzu: a new file"


def test_a_backlog_tells_when_it_is_done_if_it_goes_on() -> None:
    due = SERVICE.queue.available
    assert card((0.0, 8.0)).seconds_left == due / 4
    assert card((0.0, 0.0)).seconds_left is None
    assert card((8.0,), status="paused").seconds_left is None
    few = replace(SERVICE.queue, available=3)
    assert card((8.0,), queue=few).seconds_left is None


def test_what_optimising_gained_is_told_of_the_last_run_that_did_something() -> None:
    runs = (
        OptimizationRun(3, "kuzu", NOW - 60, 1.0, result="nothing to do"),
        OptimizationRun(2, "sqlite", NOW - 7_200, 1.0, steps=("vacuum",), result="24 MB gained"),
        OptimizationRun(1, "chroma", NOW - 9_000, 1.0, steps=("rebuilt",), result="1 MB gained"),
    )
    stores = build(EngineStatus(optimizations=runs), [], [], now=NOW, rates={}).stores
    assert stores.optimised == "sqlite: 24 MB gained, 2h ago"
    assert "gained  sqlite: 24 MB gained, 2h ago" in [
        line.plain for line in StoresPanel(stores).paint(stores, 60, 6)
    ]
    none = build(EngineStatus(optimizations=runs[:1]), [], [], now=NOW, rates={}).stores
    assert none.optimised == ""
