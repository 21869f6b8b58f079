"""Mermaid, for Markdown pages: chords are dotted, the suggested cut is red and says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from widgets.cycle_picture.export.names import along, kinds, label

if TYPE_CHECKING:
    from widgets.cycle_picture.model import CycleModel

PLAIN = frozenset(" .,:-_/+=!?'")
"""What needs no escape in a quoted label, besides letters and digits."""


def write(model: CycleModel) -> str:
    """The component as a flowchart."""
    lines = ["flowchart LR"]
    for task in range(len(model.tasks)):
        text = "<br/>".join(_escaped(part) for part in label(model, task) if part)
        lines.append(f'  t{model.number(task)}["{text}"]')
    for index, edge in enumerate(model.edges):
        cut = "✂ cut here" if index in model.cuts else ""
        said = " ".join(part for part in (_escaped(cut), _escaped(kinds(edge))) if part)
        arrow = "-->" if along(model, edge) else "-.->"
        between = f'{arrow}|"{said}"|' if said else arrow
        start, end = model.number(edge.waiter), model.number(edge.waited_for)
        lines.append(f"  t{start} {between} t{end}")
    if model.cuts:
        cuts = ",".join(str(cut) for cut in model.cuts)
        lines.append(f"  linkStyle {cuts} stroke:#d33,stroke-width:3px")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return "".join(char if char.isalnum() or char in PLAIN else f"#{ord(char)};" for char in text)
