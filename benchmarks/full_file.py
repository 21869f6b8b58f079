"""The same again in a file that holds many scheduled and many finished operations already."""

from __future__ import annotations

import os
import shutil
import time
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from benchmarks.measure import FULL_FILE, Contestant, say
from engine.database.connection import FILE_NAME, open_writer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from benchmarks.measure import Sizes

YEAR_SECONDS = 365 * 86_400
SCHEDULED = """
INSERT INTO operations (service, kind, key, payload, priority, state, rank, turn, run_at,
                        max_run_at, deadline, max_attempts, created_at)
VALUES ('bench', 'noop', ?, '{"n": 1}', 2, 'scheduled', 2, 1e18, ?, ?, 1e18, 4, ?)
"""
FINISHED = """
INSERT INTO finished_operations (id, service, kind, key, payload, priority, state, deadline,
                                 attempts, max_attempts, claims, origin, history, result,
                                 created_at, claimed_at, finished_at)
VALUES (?, 'bench', 'noop', ?, '{"n": 1}', 2, 'completed', 1e18, 0, 4, 1, '', '[]', '{}', ?, ?, ?)
"""


def build(folder: Path, rows: int) -> Path:
    """A store with ``rows`` scheduled for next year and ``rows`` finished; its file."""
    say(f"building a file with {rows:,} scheduled and {rows:,} finished operations")
    path = folder / FILE_NAME
    now = time.time()
    due = now + YEAR_SECONDS
    with closing(open_writer(path, synchronous="normal")) as connection:
        connection.execute("BEGIN IMMEDIATE")
        # finished ones first: their numbers are the older ones
        connection.executemany(
            FINISHED, ((n, f"t-{n}", now - rows, now - n, now - n) for n in range(1, rows + 1))
        )
        connection.execute("INSERT INTO sqlite_sequence VALUES ('operations', ?)", (rows,))
        connection.executemany(SCHEDULED, ((f"t-{n}", due + n, due + n, now) for n in range(rows)))
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


def in_full_file(contestant: Contestant, template: Path) -> Contestant:
    """The same contestant, started on a copy of ``template``."""

    def run(folder: Path, sizes: Sizes) -> Mapping[str, float]:
        copy = folder / FILE_NAME
        shutil.copyfile(template, copy)
        with copy.open("rb+") as file:  # or the first commit would wait for the copy
            os.fsync(file.fileno())
        return contestant.run(folder, sizes)

    return replace(contestant, run=run, file=FULL_FILE)
