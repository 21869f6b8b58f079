"""Graphviz DOT: chords are dashed, the suggested cut is red and says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from widgets.cycle_picture.export.names import along, kinds, label

if TYPE_CHECKING:
    from widgets.cycle_picture.model import CycleModel


def write(model: CycleModel) -> str:
    """The component as a directed graph, to be laid out in a circle."""
    lines = [
        "digraph cycle {",
        "  layout=circo;",
        '  node [shape=box, style=rounded, fontname="sans-serif"];',
    ]
    for task in range(len(model.tasks)):
        text = r"\n".join(_escaped(part) for part in label(model, task) if part)
        lines.append(f'  t{model.number(task)} [label="{text}"];')
    for index, edge in enumerate(model.edges):
        style = {} if along(model, edge) else {"style": "dashed"}
        said = kinds(edge)
        if index in model.cuts:
            style |= {"color": "#dd3333", "penwidth": "2"}
            said = f"✂ cut here {said}".strip()
        if said:
            style["label"] = said
        shown = ", ".join(f'{key}="{_escaped(value)}"' for key, value in style.items())
        start, end = model.number(edge.waiter), model.number(edge.waited_for)
        lines.append(f"  t{start} -> t{end}{f' [{shown}]' if shown else ''};")
    return "\n".join([*lines, "}"]) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
