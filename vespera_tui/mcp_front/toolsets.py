"""The table of tools, and which of them a server offers: core, full or readonly."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mcp.server.mcpserver.tools import Tool
from mcp_types import ToolAnnotations

from vespera_tui.mcp_front.tools import deleting, finding, graph, links, tasks, work

if TYPE_CHECKING:
    from collections.abc import Callable

SETS = ("core", "full", "readonly")
"""core: what working on tasks needs; full: the background services too; readonly: what reads."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One tool and what a client is told about it."""

    run: Callable[..., Any]
    title: str
    reads: bool = False
    repeatable: bool = False
    """Calling it twice does what calling it once does."""
    destroys: bool = False
    core: bool = True

    def tool(self) -> Tool:
        """As the SDK serves it, with a schema that allows nothing it does not name."""
        notes = ToolAnnotations(
            read_only_hint=self.reads, destructive_hint=self.destroys,
            idempotent_hint=self.repeatable or self.reads, open_world_hint=False,
        )  # fmt: skip
        tool = Tool.from_function(
            self.run,
            title=self.title,
            description=inspect.getdoc(self.run),
            annotations=notes,
            structured_output=True,
        )
        tool.parameters = _lean(tool.parameters) | {"additionalProperties": False}
        if tool.fn_metadata.output_schema is not None:
            tool.fn_metadata.output_schema = _lean(tool.fn_metadata.output_schema)
        return tool


def _lean(schema: Any) -> Any:
    """A schema without what costs tokens and says nothing.

    That is titles that repeat a field's name, defaults, and null beside a type: what is optional
    may be left out.
    """
    if isinstance(schema, list):
        return [_lean(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    options = schema.get("anyOf")
    if options and {"type": "null"} in options:
        rest = [option for option in options if option != {"type": "null"}]
        schema = {key: value for key, value in schema.items() if key != "anyOf"} | (
            rest[0] if len(rest) == 1 else {"anyOf": rest}
        )
    return {
        key: {name: _lean(each) for name, each in value.items()}
        if key in ("properties", "$defs")
        else _lean(value)
        for key, value in schema.items()
        if key != "default" and not (key == "title" and isinstance(value, str))
    }


def tools(which: str = "full") -> dict[str, Tool]:
    """The tools of a set by name. The list is the same for every connection."""
    offers = _offers()
    chosen = [
        offer
        for offer in offers
        if which == "full"
        or (which == "core" and offer.core)
        or (which == "readonly" and offer.reads)
    ]
    made = (offer.tool() for offer in chosen)
    return {tool.name: tool for tool in made}


def _offers() -> tuple[Offer, ...]:
    return (
        Offer(tasks.create_task, "Create a task"),
        Offer(tasks.get_task, "Read a task", reads=True),
        Offer(tasks.update_task, "Change a task", repeatable=True),
        Offer(deleting.delete_task, "Delete a task", destroys=True),
        Offer(finding.list_tasks, "List tasks", reads=True),
        Offer(finding.search_tasks, "Search tasks", reads=True),
        Offer(finding.ready_tasks, "List tasks that can be started", reads=True),
        Offer(finding.claim_task, "Claim a task"),
        Offer(links.add_dependency, "Add a dependency", repeatable=True),
        Offer(links.remove_dependency, "Remove a dependency", repeatable=True),
        Offer(graph.analyze_graph, "Ask about the graph", reads=True),
        Offer(work.get_operation, "Look at an operation", reads=True, core=False),
        Offer(
            work.get_background_service_status,
            "Status of the background services",
            reads=True,
            core=False,
        ),
        Offer(
            work.configure_background_service,
            "Switch a background service",
            repeatable=True,
            core=False,
        ),
        Offer(work.trigger_index_optimization, "Optimise the stores", repeatable=True, core=False),
        Offer(work.force_task_embedding, "Embed a task again", repeatable=True, core=False),
    )
