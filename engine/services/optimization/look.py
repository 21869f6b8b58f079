"""What the stores' files say about themselves. They are looked at and not opened as a store.

For the main process only: in the process that holds Chroma, closing ``chroma.sqlite3`` would drop
the locks of the library that has it open.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

HNSW_HEADER = struct.Struct("<iQQQ")
"""hnswlib's header.bin: version, offset, capacity, elements (the deleted ones among them)."""
SQLITE_HEADER = struct.Struct(">16sH10xI4xI")
"""SQLite's file header: magic, size of a page, pages, pages that are free."""


class ChromaFiles(NamedTuple):
    """Sizes in bytes."""

    elements: int = 0
    """In all indexes on the disk, tombstones included; as of their last save."""
    sqlite_bytes: int = 0
    pages: int = 0
    free_pages: int = 0


def chroma_files(data_dir: Path) -> ChromaFiles:
    """The indexes and Chroma's own SQLite file; zeros for what is not there."""
    folder = data_dir / "chroma"
    elements = sum(_elements(path) for path in folder.glob("*/header.bin"))
    header = _read(folder / "chroma.sqlite3", SQLITE_HEADER.size)
    if len(header) < SQLITE_HEADER.size:
        return ChromaFiles(elements)
    _, page, pages, free = SQLITE_HEADER.unpack(header)
    return ChromaFiles(elements, pages * (65_536 if page == 1 else page), pages, free)


def _elements(path: Path) -> int:
    header = _read(path, HNSW_HEADER.size)
    return int(HNSW_HEADER.unpack(header)[3]) if len(header) == HNSW_HEADER.size else 0


def _read(path: Path, length: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(length)
    except OSError:  # gone or shut: whoever opens it as a store says so
        return b""


def size(path: Path) -> int:
    """Bytes of a file; 0 without one."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def graph_bytes(data_dir: Path) -> int:
    """Kuzu's file and log."""
    return size(data_dir / "graph.kuzu") + size(data_dir / "graph.kuzu.wal")


def wal_bytes(database: Path) -> int:
    """The write-ahead log of an SQLite file."""
    return size(database.with_name(f"{database.name}-wal"))
