"""A new folder for Chroma in the place of the old one, whole at every moment.

``chroma.new`` is being filled, ``chroma.whole`` is complete, ``chroma.old`` is to be removed. The
old folder counts until it is moved aside; from then on the whole one does, which :func:`recover`
puts in its place should the process end in between.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from engine.workers.projections import files

if TYPE_CHECKING:
    from pathlib import Path


def beside(folder: Path, end: str) -> Path:
    """The folder's companion with this ending."""
    return folder.with_name(f"{folder.name}.{end}")


def recover(folder: Path) -> None:
    """Bring what a process left behind in order: one whole folder, and nothing beside it."""
    whole = beside(folder, "whole")
    if whole.is_dir() and not folder.exists():
        whole.rename(folder)
    for end in ("new", "whole", "old"):
        if beside(folder, end).is_dir():
            shutil.rmtree(beside(folder, end))


def swap(folder: Path) -> None:
    """Put the complete ``chroma.new`` in the place of ``folder``; nobody may have either open.

    What was there is left to :func:`recover` to remove.
    """
    new, whole, old = (beside(folder, end) for end in ("new", "whole", "old"))
    new.rename(whole)
    folder.rename(old)
    whole.rename(folder)
    files.sync(folder.parent)
