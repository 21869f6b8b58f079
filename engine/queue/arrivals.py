"""Wishes of many callers, gathered for one turn of the event loop and stored together."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from engine.errors import DataDirectoryError
from engine.queue.enqueue import store_groups

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.database.database import Database
    from engine.queue.enqueue import Row


class Arrivals:
    """What was asked for and is not committed yet. Used on one event loop."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._groups: list[Sequence[Row]] = []
        self._futures: list[asyncio.Future[list[int]]] = []
        self.pending = 0
        """Operations on their way into the queue."""

    def store(self, rows: Sequence[Row]) -> asyncio.Future[list[int]]:
        """The ids, once they are committed. A cancelled caller does not take its rows back."""
        loop = asyncio.get_running_loop()
        if not self._groups:
            loop.call_soon(self._hand_over)
        future: asyncio.Future[list[int]] = loop.create_future()
        self._groups.append(rows)
        self._futures.append(future)
        self.pending += len(rows)
        return future

    def _hand_over(self) -> None:
        groups, self._groups = self._groups, []
        futures, self._futures = self._futures, []
        number = sum(map(len, groups))
        try:
            stored = self._database.writer.submit(lambda c: store_groups(c, groups), at_once=True)
        except DataDirectoryError as error:  # closed meanwhile: nobody else would tell them
            stored = asyncio.get_running_loop().create_future()
            stored.set_exception(error)
        stored.add_done_callback(partial(self._tell, futures, number))

    def _tell(
        self,
        futures: Sequence[asyncio.Future[list[int]]],
        number: int,
        stored: asyncio.Future[list[list[int] | Exception]],
    ) -> None:
        self.pending -= number
        error = stored.exception()
        results = [error] * len(futures) if error is not None else stored.result()
        for future, result in zip(futures, results, strict=True):
            if future.done():  # its caller was cancelled; the commit stands
                continue
            if isinstance(result, BaseException):
                future.set_exception(result)
            else:
                future.set_result(result)
