"""Filling a table of Kuzu by COPY, the fastest way in.

Only in a file that nobody uses yet: undoing a COPY of edges loses those that were there before.
"""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator

ROWS = 20_000
"""Rows a step: what others ask comes in between."""
NO_VALUE = "\x01\x02"
"""Stands for NULL, which never occurs; by default Kuzu would take an empty text for it."""
OPTIONS = (
    "PARALLEL=false, HEADER=false, AUTO_DETECT=false, DELIM=',', ESCAPE='\"', QUOTE='\"',"
    f" NULL_STRINGS=['{NO_VALUE}']"
)
"""Nothing is guessed from the text; PARALLEL=false because a text may have line breaks."""


def copy(run: Callable[[str], Any], table: str, rows: sqlite3.Cursor) -> Iterator[float]:
    """Fill ``table``, in the order of its columns, a relation's ends first.

    In steps; yields how many rows are done, one that is written but not yet loaded being a half.
    """
    # not in the data directory: Kuzu takes [ and * in a path for a pattern
    with tempfile.TemporaryDirectory(prefix="vespera-") as folder:
        file, written = Path(folder) / "rows.csv", 0
        with file.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream, quoting=csv.QUOTE_ALL, doublequote=True)
            while chunk := rows.fetchmany(ROWS):
                writer.writerows(chunk)
                written += len(chunk)
                yield written / 2
        if written:
            quoted = str(file).replace("\\", "\\\\").replace("'", "\\'")
            run(f"COPY {table} FROM '{quoted}' ({OPTIONS})")
        yield written
