"""Arguments are taken as they are, before the SDK sees them.

The SDK drops unknown arguments and turns ``"7"`` into 7: both hide a caller's mistake.
"""

from __future__ import annotations

import difflib
import json
from typing import TYPE_CHECKING, Any

from mcp_types import CallToolResult, TextContent
from pydantic import ValidationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
    from mcp.server.mcpserver.tools import Tool

LARGEST_BYTES = 2_000_000
"""Of the arguments of one call as JSON: the longest description and what surrounds it."""
SHOWN = 80
"""Characters of a wrong value in the error."""


class StrictArguments:
    """Middleware that refuses a call with arguments that the tool does not name or allow."""

    def __init__(self, tools: Mapping[str, Tool]) -> None:
        self._tools = tools

    async def __call__(
        self, ctx: ServerRequestContext[Any, Any], call_next: CallNext
    ) -> HandlerResult:
        """Answer a wrong call with what is wrong; pass every other one on."""
        params = ctx.params or {}
        tool, arguments = self._tools.get(str(params.get("name"))), params.get("arguments") or {}
        if ctx.method == "tools/call" and tool is not None and isinstance(arguments, dict):
            text = refusal(arguments, tool)
            if text is not None:
                return error_result(f"{tool.name}: {text}")
        return await call_next(ctx)


def error_result(text: str) -> CallToolResult:
    """An error that the model may read."""
    return CallToolResult(content=[TextContent(type="text", text=text)], is_error=True)


def refusal(arguments: Mapping[str, Any], tool: Tool) -> str | None:
    """The first thing wrong with the arguments of a call, in one line, or None."""
    known = list(tool.parameters["properties"])
    for name in arguments:
        if name not in known:
            return _unknown(name, known)
    try:
        text = json.dumps(arguments, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return "text with a lone surrogate; remove it"
    if len(text) > LARGEST_BYTES:
        return f"{len(text):,} bytes of arguments; at most {LARGEST_BYTES:,} are allowed"
    try:
        tool.fn_metadata.arg_model.model_validate_json(text, strict=True)
    except ValidationError as errors:
        return _first(errors)
    return None


def _unknown(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"unknown argument {name[:SHOWN]!r}{hint} (there are: {', '.join(known) or 'none'})"


def _first(errors: ValidationError) -> str:
    first = errors.errors()[0]
    where = ".".join(map(str, first["loc"])) or "arguments"
    found = "" if first["type"] == "missing" else f", found {json.dumps(first['input'])[:SHOWN]}"
    return f"{where}: {first['msg']}{found}"
