"""What the commands find: a store as an engine left it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from engine.database.database import Database

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result


ESCAPE = "\x1b[31m"


def listed(call: Callable[..., Result], *words: str) -> list[dict[str, Any]]:
    result = call("operations", "list", "--json", *words)
    assert result.exit_code == 0, result.output
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found


def write(data: Path, *statements: tuple[str, tuple[Any, ...]]) -> None:
    """Change the store as an engine would that ran before."""

    def change(connection: Any) -> None:
        for sql, values in statements:
            connection.execute(sql, values)

    run(data, lambda database: database.write(change))


def run(data: Path, work: Callable[[Database], Any]) -> None:
    import asyncio  # noqa: PLC0415 - the commands run their own loop, so tests are plain functions

    async def with_database() -> None:
        database = Database(data)
        await database.open()
        try:
            await work(database)
        finally:
            await database.close()

    asyncio.run(with_database())
