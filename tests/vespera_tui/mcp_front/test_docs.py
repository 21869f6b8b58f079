"""The transcript in the documentation is what happens."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.tasks import TaskDraft

if TYPE_CHECKING:
    from engine.api import EngineAPI

PAGE = Path(__file__).parents[3] / "docs" / "mcp.md"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


async def test_the_transcript_is_what_happens(serve: Any, engine: EngineAPI) -> None:
    titles = ("Choose the chart library", "Draw the charts", "Send the report")
    for number, (title, priority) in enumerate(zip(titles, (1, 0, 2), strict=True), 1):
        needs = (f"t-{number - 1}",) if number > 1 else ()
        await engine.create_task(
            TaskDraft(
                title, id=f"t-{number}", priority=priority, project="report", depends_on=needs
            )
        )
    page = PAGE.read_text(encoding="utf-8")
    steps = re.findall(r"^-> (\w+) (.*)\n<- (.*)$", page, re.MULTILINE)
    assert len(steps) >= 7
    async with serve() as client:
        for name, arguments, answer in steps:
            result = await client.call_tool(name, json.loads(arguments))
            assert TIME.sub("", result.content[0].text) == TIME.sub("", answer)
