from __future__ import annotations

from typing import TYPE_CHECKING

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.resources.limits import Limits, MemoryLevel, combine, core_quotas, read_limits

if TYPE_CHECKING:
    from pathlib import Path

GB = 2**30
MACHINE = MemoryLevel(16 * GB, 4 * GB)


def tree(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def unified(group: str, files: dict[str, str], mount: str = "sys/fs/cgroup") -> dict[str, str]:
    inside = {f"{mount}/{name}": text for name, text in files.items()}
    return {"proc/self/cgroup": f"0::{group}\n", f"{mount}/cgroup.controllers": "", **inside}


def test_without_groups_it_is_the_machine(tmp_path: Path) -> None:
    assert combine(8.0, MACHINE, tmp_path) == Limits(8.0, 16 * GB, 4 * GB)


@pytest.mark.parametrize("mount", ["sys/fs/cgroup", "sys/fs/cgroup/unified"])
def test_version_2_limits(tmp_path: Path, mount: str) -> None:
    files = {
        "app/web/cpu.max": "150000 100000\n",
        "app/web/memory.max": f"{2 * GB}\n",
        "app/web/memory.current": f"{GB}\n",
        "app/web/memory.stat": f"anon 5\ninactive_file {GB // 4}\n",
    }
    root = tree(tmp_path, unified("/app/web", files, mount))
    assert combine(8.0, MACHINE, root) == Limits(1.5, 2 * GB, GB - GB // 4)


def test_the_levels_above_count_too(tmp_path: Path) -> None:
    files = {
        "app/web/cpu.max": "max 100000",
        "app/cpu.max": "200000 100000",
        "cpu.max": "300000 100000",
        "app/web/memory.max": f"{GB}",
        "app/web/memory.current": "0",
        "app/memory.max": f"{10 * GB}",
        "app/memory.current": f"{10 * GB - 100}",  # used up by a neighbour
    }
    root = tree(tmp_path, unified("/app/web", files))
    assert combine(8.0, MACHINE, root) == Limits(2.0, GB, GB - 100)


def test_version_1_limits(tmp_path: Path) -> None:
    files = {
        "proc/self/cgroup": "4:memory:/app\n2:cpu,cpuacct:/app\n0::/\n",
        "sys/fs/cgroup/memory/app/memory.limit_in_bytes": f"{GB}",
        "sys/fs/cgroup/memory/app/memory.usage_in_bytes": f"{GB // 2}",
        "sys/fs/cgroup/memory/app/memory.stat": f"total_inactive_file {GB // 4}",
        "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712",
        "sys/fs/cgroup/cpu,cpuacct/app/cpu.cfs_quota_us": "50000",
        "sys/fs/cgroup/cpu,cpuacct/app/cpu.cfs_period_us": "100000",
        "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "-1",
        "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000",
    }
    assert combine(8.0, MACHINE, tree(tmp_path, files)) == Limits(0.5, GB, GB // 4)


def test_a_group_that_is_not_mounted_here_leaves_the_root_s_limit(tmp_path: Path) -> None:
    files = unified("/../outside", {"cpu.max": "100000 100000", "outside/cpu.max": "1000 100000"})
    assert list(core_quotas(tree(tmp_path, files))) == [1.0]


@given(junk=st.text(alphabet="0123456789 max-.\n", max_size=12))
def test_junk_is_no_limit_or_a_valid_one(tmp_path_factory, junk: str) -> None:
    names = ("cpu.max", "memory.max", "memory.current", "memory.stat")
    root = tree(tmp_path_factory.mktemp("junk"), unified("/", dict.fromkeys(names, junk)))
    found = combine(8.0, MACHINE, root)
    assert 0 < found.cores <= 8
    assert 0 < found.memory_bytes <= 16 * GB
    assert 0 <= found.memory_used_bytes <= found.memory_bytes


def test_this_machine() -> None:
    found = read_limits()
    assert 0 < found.cores <= (psutil.cpu_count() or 1)
    assert 0 < found.memory_used_bytes < found.memory_bytes <= psutil.virtual_memory().total
