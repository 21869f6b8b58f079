"""All that is known of a task, as lines of a pane."""

from __future__ import annotations

from typing import TYPE_CHECKING

from widgets.words import age

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.tasks import Link, Task
    from widgets.text_pane import Line


def task_lines(task: Task, links: Sequence[Link], now: float) -> tuple[Line, ...]:
    """Id, title, state, text, and the links out of and into it; ``now`` in Unix seconds."""
    facts = [task.status, f"priority {task.priority}"]
    facts += [text for text in (task.project, task.assignee) if text]
    if task.created_at:
        facts.append(f"created {age(now - task.created_at)} ago")
    lines: list[Line] = [
        ((task.id, "bold $text-accent"), (f"  {task.title}", "bold")),
        ((", ".join(facts), "$text-muted"),),
    ]
    if task.tags:
        lines.append((("tags ", "$text-muted"), (", ".join(task.tags), "")))
    lines += [((line, ""),) for line in task.description.splitlines()]
    for link in links:
        lines.append(_link(task.id, link))
    return tuple(lines)


def _link(task_id: str, link: Link) -> Line:
    who = (f"  by {link.created_by}" if link.created_by else "", "$text-muted")
    if link.task_id == task_id:
        return (("→ ", "$text-warning"), (link.target_id, "bold"), (f" {link.kind}", ""), who)
    return (("← ", "$text-primary"), (link.task_id, "bold"), (f" {link.kind}", ""), who)
