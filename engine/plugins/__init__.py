"""Services from other packages, each in a process of its own. A plugin needs the names below."""

from __future__ import annotations

from engine.errors import DependencyDownError, InvalidInputError, TaskNotFoundError
from engine.operations import Cancelled, Completed, Failed, Operation, Outcome, Snooze
from engine.plugins.context import Plugin, PluginContext
from engine.tasks import Task

__all__ = [
    "Cancelled",
    "Completed",
    "DependencyDownError",
    "Failed",
    "InvalidInputError",
    "Operation",
    "Outcome",
    "Plugin",
    "PluginContext",
    "Snooze",
    "Task",
    "TaskNotFoundError",
]
