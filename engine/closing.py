"""Ending several parts, each of them whatever becomes of the others."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable


async def together(ends: Iterable[Awaitable[object]]) -> None:
    """Await all at once; then raise what failed first in the order given."""
    for found in await asyncio.gather(*ends, return_exceptions=True):
        if isinstance(found, BaseException):
            raise found


async def one_by_one(steps: Iterable[Callable[[], Awaitable[object]]]) -> None:
    """Take all steps in this order; then raise what failed first, a cancellation included."""
    first: BaseException | None = None
    for step in steps:
        try:
            await step()
        except BaseException as error:  # noqa: BLE001 - what was first is raised below
            first = first or error
    if first is not None:
        raise first
