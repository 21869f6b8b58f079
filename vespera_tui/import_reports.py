"""What several parts of an import did, as one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.snapshots import ImportReport


def both(one: ImportReport, later: ImportReport) -> ImportReport:
    """The sums; what dangles is counted over the whole store, so ``later`` knows it best."""
    return replace(
        later,
        created=one.created + later.created,
        updated=one.updated + later.updated,
        unchanged=one.unchanged + later.unchanged,
        links=one.links + later.links,
        errors=one.errors + later.errors,
        changes=one.changes + later.changes,
    )
