"""Filling a table of Kuzu by COPY, the fastest way in.

Only in a file that nobody uses yet: undoing a COPY of edges loses those that were there before.
"""

from __future__ import annotations

import csv
import tempfile
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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


@dataclass(slots=True)
class Copied:
    """What was handed over so far."""

    rows: int = 0
    versions: int = 0
    """Their sum: what is read back must have the same."""


def copy(
    run: Callable[[str], Any],
    table: str,
    rows: Iterator[tuple[Any, ...]],
    version: int,
    copied: Copied,
) -> Iterator[float]:
    """Fill ``table``, in the order of its columns, a relation's ends first; ``version`` is one.

    In steps; yields how many rows are done, one that is written but not yet loaded being a half.
    """
    # not in the data directory: Kuzu takes [ and * in a path for a pattern
    with tempfile.TemporaryDirectory(prefix="vespera-") as folder:
        file = Path(folder) / "rows.csv"
        with file.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream, quoting=csv.QUOTE_ALL, doublequote=True)
            while chunk := list(islice(rows, ROWS)):
                writer.writerows(chunk)
                copied.rows += len(chunk)
                copied.versions += sum(row[version] for row in chunk)
                yield copied.rows / 2
        if copied.rows:
            quoted = str(file).replace("\\", "\\\\").replace("'", "\\'")
            run(f"COPY {table} FROM '{quoted}' ({OPTIONS})")
        yield copied.rows
