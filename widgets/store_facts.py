"""Sizes of the stores, the write-ahead log, free pages, the model and the versions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from textual.content import Content

from widgets.panel import Panel
from widgets.safe_text import shorten, visible
from widgets.words import bar, size

if TYPE_CHECKING:
    from collections.abc import Mapping

FRAGMENTED, LONG_WAL = 25.0, 64 * 1024 * 1024
"""From where on it is worth a warning."""
LABEL = 8


@dataclass(frozen=True, slots=True)
class StoreFactsModel:
    """The stores on disk; sizes in bytes."""

    read: bool = False
    sizes: Mapping[str, int] = field(default_factory=dict)
    wal: int = 0
    fragmentation: float = 0.0
    """Percent of free pages."""
    schema: int = 0
    free: int = 0
    model: str = ""
    backend: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


class StoreFacts(Panel[StoreFactsModel]):
    """A bar a store by its size; below what is worth knowing of each."""

    DEFAULT_CSS = "StoreFacts { height: 9; padding: 0 1; }"

    def paint(self, model: StoreFactsModel, width: int, height: int) -> list[Content]:  # noqa: ARG002 - Panel's signature
        """As many lines as there are facts."""
        if model.problem:
            text = shorten(f"▲ {model.problem}", width)
            return [Content.assemble((text, "bold $text-error"))]
        if not model.read:
            return [Content.assemble(("reading…", "$text-muted"))]
        largest = max(model.sizes.values(), default=0)
        taken = [(name, bytes_) for name, bytes_ in model.sizes.items() if bytes_]
        lines = [_size(name, bytes_, largest, width) for name, bytes_ in taken]
        return [*lines, *_facts(model)]


def _size(name: str, taken: int, largest: int, width: int) -> Content:
    room = max(width - LABEL - 11, 0)
    filled, empty = bar(taken / largest if largest else 0.0, min(room, 30))
    return Content.assemble(
        (f"{visible(name, LABEL - 1):<{LABEL}}", "bold"),
        (filled, "$accent"),
        (empty, "$text-muted"),
        f" {size(taken):>9}",
    )


def _facts(model: StoreFactsModel) -> list[Content]:
    fragmented, long_wal = model.fragmentation >= FRAGMENTED, model.wal >= LONG_WAL
    versions = "  ".join(f"{visible(k, 24)} {visible(v, 24)}" for k, v in model.versions.items())
    return [
        Content.assemble(
            (f"{'wal':<{LABEL}}", "bold"),
            (f"{'▲ ' if long_wal else ''}{size(model.wal)}", _tone(long_wal)),
            ("  free pages ", "$text-muted"),
            (f"{'▲ ' if fragmented else ''}{model.fragmentation:.1f}%", _tone(fragmented)),
            (f"  schema {model.schema}  disk {size(model.free)} free", "$text-muted"),
        ),
        Content.assemble(
            (f"{'model':<{LABEL}}", "bold"),
            visible(model.model, 100),
            (f"  {visible(model.backend, 60)}", "$text-muted"),
        ),
        Content.assemble((f"{'uses':<{LABEL}}", "bold"), (versions, "$text-muted")),
    ]


def _tone(warn: bool) -> str:
    return "$text-warning" if warn else ""
