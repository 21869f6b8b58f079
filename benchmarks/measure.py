"""How a figure is taken: contestants in turn, each run checked, the median of several runs."""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

PAYLOAD = {"n": 1}
PRODUCERS = 100
BATCH = 100
EMPTY, FULL_FILE = "empty", "full"


@dataclass(frozen=True)
class Sizes:
    """How much is measured."""

    operations: int = 10_000
    """Operations a run; the producers share them evenly."""
    singles: int = 2_000
    """Operations a run where each is claimed by itself; shared as well."""
    latencies: int = 500
    rows: int = 1_000_000
    """Scheduled rows in the full file, and as many finished ones."""
    runs: int = 5
    idle_seconds: float = 20.0
    used_tasks: int = 20_000
    """Tasks in the stores that are optimised."""
    texts: int = 2_000
    """Tasks that are embedded a run."""
    embedding_runs: int = 3
    """They take minutes."""
    tasks: int = 100_000
    links: int = 400_000
    pairs: int = 20_000
    """Random pairs that are checked as new links; the peers check fewer."""
    peer_pairs: int = 300
    audit_tasks: int = 1_000_000
    audit_links: int = 5_000_000
    graph_tasks: int = 60_000
    graph_links: int = 240_000
    pictures: int = 20
    """Times that each picture is drawn a run."""
    keys: int = 10
    """Times that each key is pressed a run."""
    changed: int = 5_000
    """Tasks that change a run, each with two new links."""
    pressed: int = 300
    """Keys that are pressed on the dashboard a run."""
    busy_rate: int = 1_000
    """Operations that complete a second meanwhile."""
    watched_seconds: float = 60.0
    memory_minutes: float = 30.0

    def __post_init__(self) -> None:
        for number in (self.operations, self.singles):
            if number <= 0 or number % PRODUCERS:
                raise ValueError(f"{number} operations: not a multiple of {PRODUCERS} producers")


QUICK = Sizes(
    operations=1_000,
    singles=200,
    latencies=30,
    rows=5_000,
    runs=2,
    idle_seconds=3.0,
    used_tasks=1_500,
    texts=40,
    embedding_runs=1,
    tasks=1_000,
    links=4_000,
    pairs=500,
    peer_pairs=50,
    audit_tasks=2_000,
    audit_links=10_000,
    graph_tasks=3_000,
    graph_links=12_000,
    pictures=2,
    keys=2,
    changed=300,
    pressed=40,
    busy_rate=200,
    watched_seconds=3.0,
    memory_minutes=0.2,
)


@dataclass(frozen=True)
class Contestant:
    """Something that is measured, in a new folder each time."""

    name: str
    durability: str
    """FULL: fsync at each commit. NORMAL: at checkpoints. OFF: never."""
    how: str
    run: Callable[[Path, Sizes], Mapping[str, float]]
    """Values by the name of the measurement."""
    file: str = EMPTY


@dataclass
class Series:
    """The values of one measurement of one contestant, a value a run."""

    measurement: str
    contestant: str
    durability: str
    how: str
    file: str = EMPTY
    values: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def as_json(self) -> dict[str, Any]:
        extremes = {"min": min(self.values), "max": max(self.values)}
        return {**asdict(self), "median": self.median, **extremes}


def interleave(contestants: Sequence[Contestant], folder: Path, sizes: Sizes) -> list[Series]:
    """Run A B C A B C ..., so that what slows the machine down for a while hits all alike."""
    found: dict[tuple[str, Contestant], Series] = {}
    for turn in range(sizes.runs):
        for contestant in contestants:
            say(f"run {turn + 1}/{sizes.runs}: {described(contestant)}")
            with tempfile.TemporaryDirectory(dir=folder) as place:
                values = contestant.run(Path(place), sizes)
            for measurement, value in values.items():
                series = found.setdefault(
                    (measurement, contestant),
                    Series(
                        measurement,
                        contestant.name,
                        contestant.durability,
                        contestant.how,
                        contestant.file,
                    ),
                )
                series.values.append(value)
    return _by_measurement(found.values())


def _by_measurement(all_series: Iterable[Series]) -> list[Series]:
    grouped: dict[str, list[Series]] = defaultdict(list)
    for series in all_series:
        grouped[series.measurement].append(series)
    return [series for group in grouped.values() for series in group]


def check_delivery(
    who: str, expected: Sequence[Hashable], delivered: Sequence[Hashable], total: int
) -> None:
    """Leave with a message unless ``total`` were accepted and each was delivered once."""
    wanted, got = Counter(expected), Counter(delivered)
    if len(expected) == len(wanted) == total and got == wanted:
        return
    problems = {
        "accepted": len(wanted),
        "missing": (wanted - got).total(),
        "more than once": sum(number - 1 for number in got.values()),
        "unknown": len(set(got) - set(wanted)),
    }
    told = ", ".join(f"{number:,} {problem}" for problem, number in problems.items())
    raise SystemExit(f"{who}: delivery of {total:,} operations is not exact: {told}")


def described(contestant: Contestant) -> str:
    return f"{contestant.name} {contestant.durability}, {contestant.file} file"


def say(text: str) -> None:
    """Progress; the results go to stdout."""
    print(text, file=sys.stderr, flush=True)
