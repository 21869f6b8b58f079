"""Tables that are saved while the list they are of is in use."""

from __future__ import annotations

from typing import Any

from engine.operation_views import OperationsPage, OperationsQuery
from tests.vespera_tui.noting import NotingEngine, dashboard
from vespera_tui.demo.pictures import look


async def test_a_table_that_is_sorted_otherwise_meanwhile_is_not_mixed() -> None:
    engine = NotingEngine()
    async with dashboard(engine) as pilot:
        app: Any = pilot.app
        await pilot.press("2")
        await look(pilot)
        queries: list[OperationsQuery] = []
        whole = (await engine.operations_page(OperationsQuery(limit=1_000))).rows

        class Paged:
            async def operations_page(self, query: OperationsQuery) -> OperationsPage:
                queries.append(query)
                app.screen.reverse_order()
                first = max(query.offset - 1, 0)  # one came in before the second page
                return OperationsPage(whole[first : first + 50], len(whole), query.offset)

        _, table, _ = await app.screen.table(Paged())
        assert len({(query.sort, query.descending) for query in queries}) == 1
        ids = [row[0] for row in table]
        assert len(ids) == len(set(ids))
        assert ids == [row.id for row in whole[: len(ids)]]
