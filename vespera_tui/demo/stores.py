"""The stores of the demonstration: what they take, and what optimising them gained."""

from __future__ import annotations

from dataclasses import replace

from engine.snapshots import OptimizationRun
from engine.store_views import StoresReport
from vespera_tui.demo.script import DATA_DIR

MIB = 1024 * 1024
STORES = StoresReport(
    data_dir=DATA_DIR,
    sizes={"sqlite": 48 * MIB, "chroma": 31 * MIB, "kuzu": 22 * MIB, "logs": 3 * MIB, "other": 0},
    pages=12_288,
    free_pages=491,
    schema=3,
    disk_free_bytes=210 * 1024 * MIB,
    model="sentence-transformers/all-MiniLM-L6-v2",
    backend="auto",
    model_loaded=True,
    versions={"python": "3.11.7", "sqlite": "3.40.1", "chromadb": "1.5.2", "kuzu": "0.11.3"},
)
RUNS = (
    OptimizationRun(3, "sqlite", 5_400.0, 1.84, "fragmentation", ("freed 6,120 pages",),
                    before={"bytes": 73e6, "free_pages": 6_120, "wal_bytes": 9e6},
                    after={"bytes": 48e6, "free_pages": 0, "wal_bytes": 0},
                    result="24 MB gained"),
    OptimizationRun(2, "chroma", 5_402.0, 3.1, "interval", (),
                    ("rebuilding the index: 2% are tombstones, 25% would pay",),
                    {"bytes": 31e6, "vectors": 812, "recall": 0.998},
                    {"bytes": 31e6, "vectors": 812, "recall": 0.998}, "nothing to do"),
    OptimizationRun(1, "kuzu", 91_800.0, 0.9, "ada", ("wrote a checkpoint",),
                    before={"bytes": 30e6, "rows": 2_132}, after={"bytes": 22e6, "rows": 2_132},
                    result="7.6 MB gained"),
)  # fmt: skip
"""Newest first; ``at`` is how many seconds before the start."""


def optimizations(started: float) -> tuple[OptimizationRun, ...]:
    """The runs, for a demonstration that started at that time."""
    return tuple(replace(run, at=started - run.at) for run in RUNS)
