"""Pictures and tables as files."""

from __future__ import annotations

import csv
import io
import re
import time
from typing import TYPE_CHECKING

from widgets.safe_text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

REMOTE_FONT = re.compile(r",?\s*url\([^)]*\) format\([^)]*\)")
"""The drawing names fonts on the web, which a picture in a file must not fetch."""
FORMULA = ("=", "+", "-", "@")
"""What a spreadsheet takes for a formula at the start of a cell."""


def offline(drawing: str) -> str:
    """An SVG of the screen that fetches nothing."""
    drawing = REMOTE_FONT.sub("", drawing)
    # some viewers drop spaces at the start of a piece of text unless told to keep them
    return drawing.replace("<svg ", '<svg xml:space="preserve" ', 1)


def as_csv(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table for spreadsheets; no cell of it is run as a formula there."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(heads)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return file.getvalue()


def _cell(value: object) -> str:
    if isinstance(value, int | float):
        return str(value)
    text = visible("" if value is None else value)
    return f"'{text}" if text.startswith(FORMULA) else text


def free_name(folder: Path, screen: str, suffix: str) -> Path:
    """A file in ``folder`` that is not there yet, named after the screen and the time."""
    stem = f"vespera-{screen}-{time.strftime('%Y%m%d-%H%M%S')}"
    path, number = folder / f"{stem}.{suffix}", 2
    while path.exists():
        path, number = folder / f"{stem}-{number}.{suffix}", number + 1
    return path
