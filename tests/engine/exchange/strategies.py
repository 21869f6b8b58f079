"""Tasks as hostile as a store can hold them."""

from __future__ import annotations

from hypothesis import strategies as st

from engine.tasks import STATUSES, Link, TaskDraft

NASTY = (
    *("---", "---\n", "\n---\ntitle: x\n---\n", "a: b", "- x", "yes", "null", "~", "1.10", "0x1F"),
    *("12:30", "2026-01-01", "@ana", "&a", "*a", "!!python/object:os.system", "# x", "{", "[1]"),
    *(
        "## Description\n\nx",
        "a\n\n## Details\n\nb",
        "x\n\n## Test strategy\n\ny",
        "## Details\n\n",
    ),
    *("<!-- AC:BEGIN -->", "\r\n", "a\r\nb", "\x1b[31m", "\u2028", "\ufeff", "\U0001f600", "\x85"),
    *("../../etc/passwd", "a/b", ".", "CON", '"', "'", "\\", "\\n", "%s", " x ", "\ttab", "\x7f"),
)
TEXT = st.sampled_from(NASTY) | st.text(
    st.characters(codec="utf-8", exclude_characters="\0"), max_size=40
)
IDS = st.sampled_from(
    [
        *("t-1", "t-9f3x", "bd-1", "task-1", "TASK-2", "task-1.2", "master:1", "master:1.1"),
        *("x:3", "5d1c35f0-6a2f-4d5f-9d0a-0a6f0f9a2b11", "é/ü:7", "shop/master:1"),
    ]
)
TIMES = st.floats(0, 4e9) | st.integers(0, 4_000_000_000).map(float)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT | st.floats(-1e9, 1e9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
NAMES = ("beads", "taskmaster", "taskwarrior", "backlog")
EXTRA = st.dictionaries(st.sampled_from((*NAMES, "origin", "points")) | TEXT, JSON, max_size=3)
ORIGIN = st.fixed_dictionaries(
    {
        "origin": st.fixed_dictionaries(
            {"format": st.sampled_from(NAMES), "id": IDS}, optional={"source": TEXT}
        )
    }
)
LINKS = st.builds(
    Link,
    task_id=st.just(""),
    target_id=IDS,
    kind=st.sampled_from(["blocks", "blocks", "parent-child", "tracks"]),
    created_at=TIMES,
    created_by=st.sampled_from(["", "taskmaster", "backlog", "taskwarrior"]) | TEXT.filter(bool),
)


def _draft(task_id: str, links: list[Link], **fields) -> TaskDraft:
    parents_first = sorted(
        (link for link in links if link.target_id != task_id),
        key=lambda link: link.kind != "parent-child",
    )
    return TaskDraft(id=task_id, links=tuple(parents_first), **fields)


@st.composite
def stores(draw) -> list[TaskDraft]:
    """Tasks with distinct ids, as :func:`engine.exchange.codec.draft_of` gives them."""
    ids = draw(st.lists(IDS, unique=True, max_size=5))
    return [draw(drafts(task_id)) for task_id in sorted(ids)]


def drafts(task_id: str) -> st.SearchStrategy[TaskDraft]:
    return st.builds(
        _draft,
        task_id=st.just(task_id),
        title=TEXT.filter(str.strip),
        description=TEXT,
        status=st.sampled_from(STATUSES),
        priority=st.integers(0, 4),
        project=st.sampled_from(["", "master", "feature-x", "tasks", "title"]) | TEXT,
        assignee=TEXT,
        tags=st.lists(
            TEXT.filter(lambda t: t.strip() and len(t) < 100), unique=True, max_size=3
        ).map(tuple),
        created_at=TIMES,
        updated_at=TIMES,
        closed_at=st.none() | TIMES,
        extra=st.one_of(st.just({}), EXTRA, ORIGIN),
        links=st.lists(LINKS, max_size=4, unique_by=lambda link: (link.target_id, link.kind)),
    )
