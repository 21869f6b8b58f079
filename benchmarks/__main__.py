"""The options of `python -m benchmarks`."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchmarks import (
    attached,
    dashboard,
    dashboard_memory,
    embedding,
    encode_peer,
    full_file,
    idle,
    latency,
    optimization,
    ours,
    pages,
    profiling,
    raw,
    report,
    task_graph,
)
from benchmarks.measure import QUICK, Sizes, interleave

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.measure import Series

DURABILITIES = ("FULL", "NORMAL")


def throughput(folder: Path, sizes: Sizes) -> list[Series]:
    """1 and 2: ours, raw and the peers."""
    try:
        from benchmarks import huey_peer, persist_peer  # noqa: PLC0415 - only here they are needed
    except ModuleNotFoundError as error:
        raise SystemExit(f"{error.name} is missing: pip install -e '.[bench]'") from error
    all_durabilities = [
        make(durability)
        for durability in DURABILITIES
        for make in (
            ours.contestant,
            raw.contestant,
            huey_peer.contestant,
            persist_peer.contestant,
        )
    ]
    return interleave([*all_durabilities, huey_peer.contestant("OFF")], folder, sizes)


def latencies(folder: Path, sizes: Sizes) -> list[Series]:
    """3."""
    return interleave([latency.contestant(d) for d in DURABILITIES], folder, sizes)


def full(folder: Path, sizes: Sizes) -> list[Series]:
    """4: 1, 2 and 3 in turn with an empty and with a full file."""
    makers = (ours.contestant, raw.contestant, latency.contestant)
    plain = [make(d) for d in DURABILITIES for make in makers]
    with tempfile.TemporaryDirectory(dir=folder) as place:
        template = full_file.build(Path(place), sizes.rows)
        both = [c for one in plain for c in (one, full_file.in_full_file(one, template))]
        return interleave(both, folder, sizes)


def idling(folder: Path, sizes: Sizes) -> list[Series]:
    """5; one run, because it is an average over its time."""
    return interleave([idle.contestant()], folder, replace(sizes, runs=1))


def embeddings(folder: Path, sizes: Sizes) -> list[Series]:
    """6: from a new task to its vector, beside the bare model."""
    pair = [embedding.contestant(), encode_peer.contestant()]
    return interleave(pair, folder, replace(sizes, runs=sizes.embedding_runs))


def cycles(folder: Path, sizes: Sizes) -> list[Series]:
    """7: an edge beside networkx and SQL, then a full audit beside scipy; the file once."""
    try:
        from benchmarks import cycle_audit, cycle_edges  # noqa: PLC0415 - needs networkx
    except ModuleNotFoundError as error:
        raise SystemExit(f"{error.name} is missing: pip install -e '.[bench]'") from error
    found = interleave(cycle_edges.contestants(), folder, sizes)
    found += interleave(cycle_audit.contestants(), folder, sizes)
    return found + interleave([cycle_audit.file_contestant()], folder, replace(sizes, runs=1))


def optimizing(folder: Path, sizes: Sizes) -> list[Series]:
    """One run: it ages the stores for minutes, and measures each before and after."""
    return interleave([optimization.contestant()], folder, replace(sizes, runs=1))


def attaching(folder: Path, sizes: Sizes) -> list[Series]:
    """8: calls through the socket beside calls in the owner, and a takeover."""
    return interleave([attached.embedded(), attached.attached()], folder, sizes)


def syncing(folder: Path, sizes: Sizes) -> list[Series]:
    """9: the graph beside bare Kuzu."""
    from benchmarks import kuzu_peer, sync  # noqa: PLC0415 - only here Kuzu is needed

    with tempfile.TemporaryDirectory(dir=folder) as place:
        template = task_graph.build(Path(place), sizes)
        pair = [sync.contestant(template), kuzu_peer.contestant(template)]
        return interleave(pair, folder, sizes)


def paging(folder: Path, sizes: Sizes) -> list[Series]:
    """10: parts of a long list of operations, beside the bare statement."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        template = full_file.build(Path(place), sizes.rows)
        pair = [full_file.in_full_file(each, template) for each in (pages.ours(), pages.bare())]
        return interleave(pair, folder, sizes)


def picturing(folder: Path, sizes: Sizes) -> list[Series]:
    """11: the picture of a cycle, and its keys beside those of a widget of text."""
    from benchmarks import picture  # noqa: PLC0415 - only here Textual is needed

    return interleave(picture.contestants(), folder, replace(sizes, runs=min(sizes.runs, 3)))


def dashboards(folder: Path, sizes: Sizes) -> list[Series]:
    """11: what a person sees, beside a bare Textual app."""
    pairs = [
        dashboard.start(),
        dashboard.bare_start(),
        dashboard.keys(),
        dashboard.bare_keys(),
        dashboard.share(),
        dashboard.feed_alone(),
    ]
    found = interleave(pairs, folder, replace(sizes, runs=sizes.embedding_runs))
    return found + interleave([dashboard.long_list()], folder, replace(sizes, runs=1))


def remembering(folder: Path, sizes: Sizes) -> list[Series]:
    """12: one run of half an hour."""
    return interleave([dashboard_memory.contestant()], folder, replace(sizes, runs=1))


MEASUREMENTS: dict[str, Callable[[Path, Sizes], list[Series]]] = {
    "throughput": throughput,
    "latency": latencies,
    "full": full,
    "idle": idling,
    "optimization": optimizing,
    "embedding": embeddings,
    "cycles": cycles,
    "attached": attaching,
    "sync": syncing,
    "pages": paging,
    "dashboard": dashboards,
    "memory": remembering,
    "picture": picturing,
}


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.option("--only", multiple=True, type=click.Choice(list(MEASUREMENTS)), help="Repeatable.")
@click.option("--quick", is_flag=True, help="Small sizes: shows that it works, measures nothing.")
@click.option("--rows", type=click.IntRange(1), help="Rows of each kind in the full file.")
@click.option("--operations", type=click.IntRange(1), help="Operations a run.")
@click.option("--dir", "folder", type=click.Path(path_type=Path), default=Path("build"))
@click.option(
    "--json",
    "json_file",
    type=click.Path(path_type=Path),
    default=Path("build/benchmarks/queue.json"),
)
@click.option("--markdown", is_flag=True, help="Print Markdown for docs/benchmarks.md.")
@click.option("--profile", is_flag=True, help="Show instead what bounds our own runs.")
def main(
    only: tuple[str, ...],
    quick: bool,
    rows: int | None,
    operations: int | None,
    folder: Path,
    json_file: Path,
    markdown: bool,
    profile: bool,
) -> None:
    """Measure the queue beside its peers, and the idle engine."""
    sizes = QUICK if quick else Sizes()
    try:
        sizes = replace(sizes, rows=rows or sizes.rows, operations=operations or sizes.operations)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    if profile:
        profiling.run(folder, sizes)
        return
    where = report.environment(folder)
    groups = {name: MEASUREMENTS[name](folder, sizes) for name in only or MEASUREMENTS}
    json_file.parent.mkdir(parents=True, exist_ok=True)
    result = report.as_json(groups, where, sizes)
    json_file.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    if markdown:
        click.echo(report.markdown(groups, where, sizes))
    else:
        report.show(groups, where, sizes)


if __name__ == "__main__":
    main()
