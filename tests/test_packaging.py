"""What is built and installed is whole: it runs from another folder, without the source."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("engine", "vespera_tui", "widgets", "themes")
PARTS = (*PACKAGES, "mcp_server.py", "pyproject.toml", "README.md", "LICENSE")


def run(*words: str | Path, cwd: Path) -> str:
    done = subprocess.run(
        [str(word) for word in words], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of a new environment with the wheel, and this one's packages."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
    source = folder / "source"  # building in place would leave old files for the next wheel
    source.mkdir()
    for part in [ROOT / name for name in PARTS]:
        if part.is_dir():
            shutil.copytree(part, source / part.name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(part, source)
    run(*pip, "wheel", source, "--no-deps", "--no-build-isolation", "-w", folder, cwd=folder)
    (wheel,) = folder.glob("vespera_tui-*.whl")
    target = folder / "env"
    venv.create(target, system_site_packages=True, with_pip=False)
    programs = target / "bin"
    run(*pip, "--python", programs / "python", "install", "--no-deps", wheel, cwd=folder)
    (site,) = target.glob("lib/python*/site-packages")
    # a .pth line only adds the folder: the editable finder in it stays asleep
    (site / "here.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return programs


def test_the_version_is_told(installed: Path, tmp_path: Path) -> None:
    assert run(installed / "vespera-tui", "--version", cwd=tmp_path).startswith("vespera-tui 0.")


def test_modules_come_from_the_wheel_and_bring_their_data(installed: Path, tmp_path: Path) -> None:
    code = (
        "import engine, vespera_tui, widgets, themes, mcp_server\n"
        "from engine.exchange.sample import sample_path\n"
        "print(engine.__file__, vespera_tui.__file__, mcp_server.__file__, sample_path())"
    )
    found = run(installed / "python", "-c", code, cwd=tmp_path).split()
    assert all(Path(name).is_relative_to(installed.parent) for name in found), found
    assert Path(found[-1]).is_file()


def test_the_sample_project_goes_in(installed: Path, tmp_path: Path) -> None:
    program, data = installed / "vespera-tui", ("--data-dir", tmp_path / "d")
    code = "from engine.exchange.sample import sample_path; print(sample_path())"
    sample = run(installed / "python", "-c", code, cwd=tmp_path).strip()
    assert "60 tasks created" in run(program, "import", sample, *data, cwd=tmp_path)
    status = json.loads(run(program, "status", "--json", *data, cwd=tmp_path))
    assert status["tasks"]["total"] == 60
