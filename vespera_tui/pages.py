"""All rows of a long list, a page at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable, Sequence

    RowT = TypeVar("RowT")
    RowT_co = TypeVar("RowT_co", covariant=True)

    class Page(Protocol[RowT_co]):
        """A part of the list."""

        @property
        def rows(self) -> Sequence[RowT_co]:
            """Its rows; none past the end."""


async def all_rows(
    read: Callable[[Any], Awaitable[Page[RowT]]],
    query: Any,
    most: int,
    id_of: Callable[[RowT], Hashable],
) -> list[RowT]:
    """The rows that ``read`` gives for ``query``, ``query.limit`` at a time, up to ``most``.

    One that comes again, since the list moved between two pages, stands where it came first.
    """
    rows: dict[Hashable, RowT] = {}
    offset = 0
    while offset < most:
        page = await read(replace(query, offset=offset))
        if not page.rows:
            break
        offset += len(page.rows)
        for row in page.rows:
            rows.setdefault(id_of(row), row)
    return list(rows.values())[:most]
