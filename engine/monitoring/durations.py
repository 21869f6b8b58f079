"""Percentiles of durations, from a sketch that can be kept and merged."""

from __future__ import annotations

import json
import math
import zlib
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

from ddsketch.mapping import LogarithmicMapping
from ddsketch.store import DenseStore

if TYPE_CHECKING:
    from collections.abc import Iterable

SHORTEST, LONGEST = 1e-6, 7 * 86_400.0
"""Seconds; what lies beyond counts as these. So a sketch has fewer than 1,500 bins."""
_MAPPING = LogarithmicMapping(relative_accuracy=0.01)
_KEYS = range(_MAPPING.key(SHORTEST), _MAPPING.key(LONGEST) + 1)
_FORMAT = 1
"""Goes up when the bins or their bytes change."""
_MAX_BYTES = 25 * len(_KEYS)
"""A bin's distance and count as digits."""
_MAX_COUNT = 2**53


class Durations:
    """Many durations, in seconds, as counts in bins whose width grows with the value.

    The algorithm is DDSketch (Masson, Rim, Lee: "DDSketch: a fast and fully-mergeable quantile
    sketch with relative-error guarantees", VLDB 2019). A quantile is within 1% of the duration
    at that rank, between a microsecond and a week. Merging sketches gives the sketch of all
    durations together, with the same accuracy.
    """

    def __init__(self) -> None:
        self._bins = DenseStore()

    def add(self, seconds: float, count: int = 1) -> None:
        """Count ``count`` runs of ``seconds``; ValueError when either makes no sense."""
        if not math.isfinite(seconds) or seconds < 0 or count < 1:
            raise ValueError(f"{count} runs of {seconds} s: not a duration")
        self._bins.add(_MAPPING.key(min(max(seconds, SHORTEST), LONGEST)), count)

    def quantile(self, q: float) -> float | None:
        """The duration in seconds that a share ``q`` (0 to 1) stays within; None without any."""
        if not 0 <= q <= 1:
            raise ValueError(f"quantile {q}: must be from 0 to 1")
        if not self.count:
            return None
        return _MAPPING.value(self._bins.key_at_rank(q * (self.count - 1)))

    def merge(self, other: Durations) -> None:
        """Add all durations of ``other``, which does not change."""
        self._bins.merge(other._bins)

    @property
    def count(self) -> int:
        """How many durations were added."""
        return round(self._bins.count)

    def to_bytes(self) -> bytes:
        """The sketch for keeping: the bins in use, compressed; 20 to 600 bytes, at most 10 kB."""
        # the library's own form (a protocol buffer) writes empty bins too, ten times the size
        used = [
            (key, round(count))
            for key, count in enumerate(self._bins.bins, self._bins.offset)
            if count
        ]
        steps = [after - before for (before, _), (after, _) in pairwise([(0, 0), *used])]
        return zlib.compress(json.dumps([_FORMAT, steps, [count for _, count in used]]).encode())

    def merge_bytes(self, data: bytes) -> None:
        """Add all durations that :meth:`to_bytes` wrote; ValueError when it is anything else.

        Nothing is added then.
        """
        try:
            keys, counts = _unpacked(data)
        except (zlib.error, ValueError, TypeError, RecursionError) as error:
            raise ValueError(f"not a sketch of durations: {error}") from error
        for key, count in zip(keys, counts, strict=True):
            self._bins.add(key, count)

    @classmethod
    def from_bytes(cls, data: bytes) -> Durations:
        """The durations in ``data``; ValueError as for :meth:`merge_bytes`."""
        found = cls()
        found.merge_bytes(data)
        return found


def merged(parts: Iterable[Durations]) -> Durations:
    """All durations of ``parts`` together."""
    total = Durations()
    for part in parts:
        total.merge(part)
    return total


def _unpacked(data: bytes) -> tuple[list[int], list[int]]:
    stream = zlib.decompressobj()
    raw = stream.decompress(data, _MAX_BYTES)  # bounded: a few bytes can stand for gigabytes
    if not stream.eof or stream.unused_data:
        raise ValueError("cut short, or too long")
    form, steps, counts = json.loads(raw)
    if form != _FORMAT:
        raise ValueError("of an unknown format")
    keys = list(accumulate(_whole(steps)))
    if any(key not in _KEYS for key in keys):
        raise ValueError("a bin is out of range")
    if any(not 0 < count < _MAX_COUNT for count in _whole(counts)):
        raise ValueError("a count is out of range")
    if len(keys) != len(counts):
        raise ValueError("a count is missing")
    return keys, counts


def _whole(values: Any) -> list[int]:
    if not isinstance(values, list) or any(type(value) is not int for value in values):
        raise ValueError("numbers are missing")
    return values
