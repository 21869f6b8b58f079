"""What the stores take of the disk, and what they are made with: frozen, to cross a socket."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class StoresReport:
    """The stores on disk, looked at now. Sizes in bytes."""

    data_dir: str = ""
    sizes: Mapping[str, int] = field(default_factory=dict)
    """Of what is in the data directory: sqlite, chroma, kuzu, logs, other."""
    wal_bytes: int = 0
    """SQLite's write-ahead log, counted in ``sqlite`` as well."""
    pages: int = 0
    free_pages: int = 0
    """Pages of SQLite's file that hold nothing."""
    schema: int = 0
    disk_free_bytes: int = 0
    model: str = ""
    backend: str = ""
    """What the configuration asks for; ``auto`` takes the fastest exact one."""
    model_loaded: bool = False
    """Whether the process that holds the model runs."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Of the parts that the stores are made with."""

    @property
    def fragmentation_percent(self) -> float:
        """Share of free pages in SQLite's file."""
        return 100.0 * self.free_pages / self.pages if self.pages else 0.0
