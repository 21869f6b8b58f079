"""What is packed comes back equal, by its type hint alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.codec import decoder, hints, pack, unpack
from engine.operations import ServicePriority, ServiceType, Steering
from engine.snapshots import EngineStatus, OperationView


class Pair(NamedTuple):
    left: int
    right: str


NOBODY = Pair(0, "")


@dataclass(frozen=True, slots=True)
class Leaf:
    text: str = ""
    number: float = 0.0


@dataclass(frozen=True, slots=True)
class Tree:
    leaves: tuple[Leaf, ...] = ()
    children: list[Tree] = field(default_factory=list)
    by_hour: Mapping[int, Leaf] = field(default_factory=dict)
    kind: ServiceType | None = None
    priority: ServicePriority = ServicePriority.NORMAL
    pair: tuple[int, str] = (0, "")
    named: Pair = NOBODY
    word: Literal["a", "b"] = "a"
    either: Leaf | str | int | None = None
    tags: frozenset[str] = frozenset()


def crossed(value: Any, hint: Any) -> Any:
    return decoder(hint)(unpack(pack(value)))


texts = st.text(st.characters(codec=None), max_size=8)
leaves = st.builds(Leaf, texts, st.floats(allow_nan=False))
trees = st.recursive(
    st.builds(Tree),
    lambda inner: st.builds(
        Tree,
        st.tuples(leaves, leaves),
        st.lists(inner, max_size=2),
        st.dictionaries(st.integers(0, 23), leaves, max_size=2),
        st.none() | st.sampled_from(ServiceType),
        st.sampled_from(ServicePriority),
        st.tuples(st.integers(), texts),
        st.builds(Pair, st.integers(), texts),
        st.sampled_from(["a", "b"]),
        st.none() | leaves | texts | st.integers(),
        st.frozensets(texts, max_size=2),
    ),
    max_leaves=3,
)


@given(trees)
def test_values_come_back_equal(tree: Tree) -> None:
    assert crossed(tree, Tree) == tree


def test_values_keep_their_types() -> None:
    view = OperationView(
        1, "s", "k", None, "running", ServicePriority.HIGH, 0, 1, 0.0, 0.0,
        history=({"at": 1.0},), payload=MappingProxyType({"force": True}),
    )  # fmt: skip
    back = crossed(view, OperationView)
    assert back == view
    assert isinstance(back.priority, ServicePriority)
    assert crossed((Steering.PAUSE, [2]), tuple[Steering, Sequence[int]]) == (Steering.PAUSE, [2])
    assert crossed(EngineStatus(), EngineStatus) == EngineStatus()


def test_nothing_is_converted_unasked() -> None:
    assert crossed("7", int) == "7"
    assert crossed({"a": (1, 2)}, Mapping[str, object]) == {"a": [1, 2]}


@pytest.mark.parametrize(
    ("value", "hint"),
    [([], Leaf), ({"text": "", "other": 1}, Leaf), ("lost", Steering), (5, tuple[int, ...]),
     ([1], tuple[int, str]), (3, Mapping[str, int])],
)  # fmt: skip
def test_what_does_not_fit_is_refused(value: object, hint: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        crossed(value, hint)


def test_what_nobody_can_send_is_refused() -> None:
    with pytest.raises(TypeError, match="object"):
        pack(object())
    deep: list[Any] = []
    for _ in range(5000):
        deep = [deep]
    with pytest.raises((TypeError, RecursionError)):
        pack(deep)


def test_a_hint_that_cannot_cross_is_named() -> None:
    def ask(on_step: Callable[[str], None]) -> None: ...

    with pytest.raises(TypeError, match="can't be sent"):
        decoder(hints(ask)["on_step"])
