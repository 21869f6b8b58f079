"""Loading a whole table into Kuzu by COPY, the fastest way in."""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

NO_VALUE = "\x01\x02"
"""Stands for NULL, which never occurs; by default Kuzu would take an empty text for it."""
OPTIONS = (
    "PARALLEL=false, HEADER=false, AUTO_DETECT=false, DELIM=',', ESCAPE='\"', QUOTE='\"',"
    f" NULL_STRINGS=['{NO_VALUE}']"
)
"""Nothing is guessed from the text; PARALLEL=false because a text may have line breaks."""


def copy(
    run: Callable[[str], Any],
    table: str,
    columns: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
) -> None:
    """Append ``rows`` to ``table``; for a relation the first two columns are its ends."""
    if not rows:
        return
    # not in the data directory: Kuzu takes [ and * in a path for a pattern
    with tempfile.TemporaryDirectory(prefix="vespera-") as folder:
        file = Path(folder) / "rows.csv"
        with file.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream, quoting=csv.QUOTE_ALL, doublequote=True)
            writer.writerows([row[column] for column in columns] for row in rows)
        quoted = str(file).replace("\\", "\\\\").replace("'", "\\'")
        run(f"COPY {table} FROM '{quoted}' ({OPTIONS})")
