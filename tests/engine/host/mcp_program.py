"""An agent as a process: creates tasks over MCP on standard input and output, and tells of each.

``python mcp_program.py FOLDER COUNT`` says the same JSON lines as ``front_program.py``.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from mcp.client import Client
from mcp.client.stdio import StdioServerParameters

if TYPE_CHECKING:
    from collections.abc import Iterator

AT_ONCE = 4


def tell(**what: Any) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


async def create(client: Client, numbers: Iterator[int]) -> None:
    for number in numbers:
        while True:
            wanted = {"title": f"agent {number}", "project": "agent"}
            answer = await client.call_tool("create_task", wanted)
            if not answer.is_error:
                break
            text = str(answer.content)
            if "too many calls" not in text:
                tell(error=text)
                return
            await asyncio.sleep(0.1)
        stored = answer.structured_content
        tell(stored=stored["id"], title=stored["title"])


async def main(folder: str, count: int) -> None:
    parameters = StdioServerParameters(
        command=sys.executable,
        args=["-m", "mcp_server", "--data-dir", folder],
        env=dict(os.environ),
    )
    async with Client(parameters) as client:
        tell(owner=0)
        await asyncio.to_thread(sys.stdin.readline)
        stop = asyncio.create_task(asyncio.to_thread(sys.stdin.readline))
        numbers = takewhile(lambda _: not stop.done(), range(count))
        await asyncio.gather(*(create(client, numbers) for _ in range(AT_ONCE)))
        tell(done=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
