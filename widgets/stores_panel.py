"""How far vectors and graph are in step with the tasks, and how many cycles there are."""

from __future__ import annotations

from textual.content import Content

from widgets.engine_header import freshness
from widgets.models import ParityModel, StoresModel
from widgets.panel import Panel, spread
from widgets.safe_text import fit, shorten, visible
from widgets.words import DONE, OPEN, counted

LABEL = 8
"""Cells for the name of a projection."""
LONGEST_BAR = 40


class StoresPanel(Panel[StoresModel]):
    """A bar a projection with its numbers, then tasks, links and cycles."""

    DEFAULT_CSS = "StoresPanel { height: 5; padding: 0 1; }"

    def paint(self, model: StoresModel, width: int, height: int) -> list[Content]:
        """One line a projection, cycles, totals; and what is wrong, when there is room for all."""
        read = model.checked_age is not None
        widest = max((_numbers(parity).cell_length for parity in model.parity), default=0)
        room = min(max(width - LABEL - widest, 0), LONGEST_BAR)  # so that bars can be compared
        lines = [_parity(parity, width, room, read=read) for parity in model.parity]
        lines += [_cycles(model, width), _totals(model, width)]
        lines += [_optimised(model, width)] if model.optimised else []
        wrong = [_examples(parity, width) for parity in model.parity if parity.examples]
        if wrong and height >= len(lines) + 1 + len(wrong):
            lines += [Content(""), *wrong]
        return lines


def _parity(model: ParityModel, width: int, room: int, *, read: bool) -> Content:
    label = fit(model.name, LABEL)
    if model.error:
        message = shorten(f"✖ {model.error}", max(width - LABEL, 0))
        return Content.assemble((label, "bold"), (message, "bold $text-error"))
    if not read:  # zeros that nobody counted must not look like a projection in step
        return Content.assemble((label, "bold"), ("not read yet", "$text-muted"))
    share = model.current / model.expected if model.expected else 0.0
    filled, empty = _bar(share, room, complete=model.complete and bool(model.expected))
    style = "$text-success" if model.complete else "$text-warning"
    return Content.assemble(
        (label, "bold"), (filled, style), (empty, "$text-muted"), _numbers(model)
    )


def _examples(model: ParityModel, width: int) -> Content:
    said, names = "", []
    for each in model.examples:  # "missing t-1", of which the word is said once
        word, _, name = each.partition(" ")
        names.append(visible(name if word == said and name else each, 80))
        said = word
    text = shorten(", ".join(names), max(width - LABEL, 0))
    return Content.assemble((fit(model.name, LABEL), "$text-muted"), (text, "$text-warning"))


def _numbers(model: ParityModel) -> Content:
    if model.error:
        return Content("")
    return Content.assemble(
        f" {model.current:,}", (f"/{model.expected:,} ", "$text-muted"), _difference(model)
    )


def _bar(share: float, width: int, *, complete: bool) -> tuple[str, str]:
    cells = width if complete else min(int(min(share, 1.0) * width), max(width - 1, 0))
    return DONE * cells, OPEN * (width - cells)


def _difference(model: ParityModel) -> Content:
    if model.complete:
        return Content.assemble(("✓ in step", "$text-success"))
    parts = [
        f"{number:,} {word}"
        for number, word in (
            (model.missing, "missing"),
            (model.stale, "stale"),
            (model.orphaned, "orphaned"),
        )
        if number
    ]
    return Content.assemble(("▲ " + " ".join(parts), "$text-warning"))


def _cycles(model: StoresModel, width: int) -> Content:
    label = ("cycles".ljust(LABEL), "bold")
    right = Content.assemble((freshness(model.checked_age), "$text-muted"))
    if not model.components:
        return spread(Content.assemble(label, ("✓ none", "$text-success")), right, width)
    found = f"▲ {model.components:,} with {counted(model.cycle_tasks, 'task')}"
    return spread(Content.assemble(label, (found, "bold $text-warning")), right, width)


def _optimised(model: StoresModel, width: int) -> Content:
    text = f"{'gained':<{LABEL}}{model.optimised}"
    return Content.assemble((shorten(text, width), "$text-muted"))


def _totals(model: StoresModel, width: int) -> Content:
    dangling = f", {model.dangling:,} dangling" if model.dangling else ""
    text = f"{'tasks':<{LABEL}}{model.tasks:,}, {counted(model.links, 'link')}{dangling}"
    return Content.assemble((shorten(text, width), "$text-muted"))
