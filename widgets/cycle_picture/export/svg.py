"""SVG, drawn as curves: a circle of numbered tasks, or a matrix where there are too many."""

from __future__ import annotations

from html import escape
from math import dist, pi
from textwrap import wrap
from typing import TYPE_CHECKING

from widgets.cycle_picture.advice import cut_line, order_line, reason_line
from widgets.cycle_picture.export.names import along, label
from widgets.cycle_picture.geometry import ellipse
from widgets.cycle_picture.routes import routes
from widgets.safe_text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from widgets.cycle_picture.geometry import Point
    from widgets.cycle_picture.model import CycleModel

SCALE = 4.0
"""Pixels a dot; the ways are the same as in the terminal, where they are reckoned in dots."""
NODE = 4.5
"""Radius of a task, in dots."""
APART, SMALLEST = 20.0, 28.0
"""Dots between tasks, and the least radius of the ring."""
LONGEST = 28
"""Characters of a title beside the ring."""
SIDE, ABOVE = 68.0, 16.0
"""Dots beside the ring for labels, and above and below it."""
LINE = 18.0
"""Pixels between lines of text."""
LETTER = 7.5
"""Pixels of a letter, on the safe side."""
MOST_LABELLED, MOST_IN_CIRCLE = 10, 40
"""Tasks up to which each has its label beside it, and up to which there is a circle at all."""
MATRIX = 900
"""Pixels of a matrix's side, at most."""
STYLE = """\
  text { font: 14px sans-serif; fill: #1e2233; }
  .id, .number { font-weight: bold; }
  .number { text-anchor: middle; }
  .task { fill: #ffffff; stroke: #3450b8; stroke-width: 2; }
  .link { fill: none; stroke-width: 3; }
  .ring { stroke: #3450b8; }
  .chord { stroke: #5d6280; stroke-width: 1.5; stroke-dasharray: 7 4; }
  .cut { stroke: #b3202e; }
  .scissors { font-size: 24px; fill: #b3202e; text-anchor: middle; }
"""
COLOURS = {"ring": "#3450b8", "chord": "#5d6280", "cut": "#b3202e"}


def write(model: CycleModel) -> str:
    """The component with the advice below it, as an SVG file without references to others."""
    width, height, body = (_circle if len(model.tasks) <= MOST_IN_CIRCLE else _matrix)(model)
    advice = [line for line in (cut_line(model), reason_line(model), order_line(model)) if line]
    advice = [part for line in advice for part in wrap(line, int((width - 32) / LETTER))]
    texts = [_text(16, height + (row + 1) * LINE, line) for row, line in enumerate(advice)]
    height += (len(advice) + 1) * LINE
    markers = "\n".join(_marker(name, colour) for name, colour in COLOURS.items())
    return "\n".join(
        [
            _opening(width, height),
            f"<title>Cycle of {len(model.tasks)} tasks</title>",
            f"<style>\n{STYLE}</style>",
            f"<defs>\n{markers}\n</defs>",
            '<rect width="100%" height="100%" fill="#ffffff"/>',
            *body,
            *texts,
            "</svg>\n",
        ]
    )


def _opening(width: float, height: float) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img">'
    )


def _marker(name: str, colour: str) -> str:
    return (
        f'<marker id="{name}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="14" '
        f'markerHeight="14" markerUnits="userSpaceOnUse" orient="auto">'
        f'<path d="M0 0L10 5L0 10z" fill="{colour}"/></marker>'
    )


def _circle(model: CycleModel) -> tuple[float, float, list[str]]:
    count = len(model.tasks)
    radius = max(SMALLEST, count * APART / (2 * pi))
    centre = (radius + SIDE, radius + ABOVE)
    curve = ellipse(centre, (radius, radius), pi if count <= 2 else -pi / 2)  # noqa: PLR2004 - one or two lie level
    places = [curve.length * task / count for task in range(count)]
    middles = [curve.at(place) for place in places]
    body: list[str] = []
    ways = routes(model, curve, places, middles, centre)
    for index, (edge, way) in enumerate(zip(model.edges, ways, strict=True)):
        kind = "cut" if index in model.cuts else "ring" if along(model, edge) else "chord"
        points = _trimmed(way.points, middles[edge.waiter], middles[edge.waited_for])
        body.append(_path(points, kind, dashed=not along(model, edge)))
        if index in model.cuts:
            gap = min(14.0, dist(points[0], points[-1]) * SCALE / 4)
            body += _scissors(points[len(points) // 2], gap)
    for task, middle in enumerate(middles):
        body += _task(model, task, middle, centre)
    width, height = 2 * centre[0] * SCALE, 2 * centre[1] * SCALE
    if count > MOST_LABELLED:
        height, listed = _legend(model, height)
        body += listed
    return width, height, body


def _legend(model: CycleModel, top: float) -> tuple[float, list[str]]:
    """A line a task, and where they end."""
    lines = [" ".join(label(model, task)) for task in range(len(model.tasks))]
    texts = [_text(16, top + row * LINE, line) for row, line in enumerate(lines)]
    return top + len(lines) * LINE, texts


def _trimmed(points: Sequence[Point], start: Point, end: Point) -> list[Point]:
    """The way outside the circles of the two tasks."""
    outside = [
        point
        for point in points
        if dist(point, start) > NODE + 0.5 and dist(point, end) > NODE + 0.5
    ]
    return outside or list(points)


def _path(points: Sequence[Point], kind: str, *, dashed: bool) -> str:
    chosen = [*points[:-1:4], points[-1]]
    way = "L".join(f"{x * SCALE:.1f} {y * SCALE:.1f}" for x, y in chosen)
    classes = f"link {'chord ' if dashed else ''}{kind}".replace("chord chord", "chord")
    return f'<path class="{classes}" d="M{way}" marker-end="url(#{kind})"/>'


def _scissors(at: Point, gap: float) -> Iterator[str]:
    """With the line left out for ``gap`` pixels on either side."""
    x, y = at[0] * SCALE, at[1] * SCALE
    yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{gap:.1f}" fill="#ffffff"/>'
    yield f'<text class="scissors" x="{x:.1f}" y="{y + 8:.1f}">✂</text>'


def _task(model: CycleModel, task: int, middle: Point, centre: Point) -> Iterator[str]:
    x, y = middle[0] * SCALE, middle[1] * SCALE
    yield f'<circle class="task" cx="{x:.1f}" cy="{y:.1f}" r="{NODE * SCALE:.1f}"/>'
    yield f'<text class="number" x="{x:.1f}" y="{y + 5:.1f}">{model.number(task)}</text>'
    if len(model.tasks) > MOST_LABELLED:
        return
    aside = (middle[0] - centre[0]) * SCALE
    gap = NODE * SCALE + 6
    level = abs(aside) > gap
    anchor = "middle" if not level else "start" if aside > 0 else "end"
    text_x = x if not level else x + gap if aside > 0 else x - gap
    text_y = y if level else y - gap - LINE if middle[1] < centre[1] else y + gap + LINE / 2
    name, title = label(model, task)
    for row, (text, style) in enumerate(((name, "id"), (shorten(title, LONGEST), "title"))):
        yield _text(text_x, text_y + row * LINE, text, f'class="{style}" text-anchor="{anchor}"')


def _matrix(model: CycleModel) -> tuple[float, float, list[str]]:
    count = len(model.tasks)
    block = min(8.0, MATRIX / count)
    side, left, top = block * count, 16.0, 16.0 + LINE
    body = [
        _text(left, LINE, f"{count} tasks: a row waits for a column"),
        f'<rect class="task" x="{left}" y="{top}" width="{side:.1f}" height="{side:.1f}"/>',
    ]
    for index, edge in enumerate(model.edges):
        kind = "cut" if index in model.cuts else "ring" if along(model, edge) else "chord"
        x, y = left + edge.waited_for * block, top + edge.waiter * block
        body.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{block:.1f}" height="{block:.1f}" '
            f'fill="{COLOURS[kind]}"/>'
        )
        if kind == "cut":
            body += _scissors(((x + block / 2) / SCALE, (y + block / 2) / SCALE), 0.0)
    return max(side + 2 * left, 640.0), top + side + left, body


def _text(x: float, y: float, text: str, attributes: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" {attributes}>{escape(text)}</text>'
