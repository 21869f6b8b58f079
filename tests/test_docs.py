"""The prose is held to the program: dependencies, commands, links."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from vespera_tui.cli import cli

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
COMMAND = re.compile(r"vespera-tui((?: +[^\s`|#]+)*)")
LINK = re.compile(r"\]\(([^)\s]+)\)")


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def anchors(page: Path) -> set[str]:
    """Headings as links name them."""
    heads = re.findall(r"^#+ +(.+)$", text_of(page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}


def code_of(text: str) -> list[str]:
    """Lines of code blocks, and code within lines."""
    blocks = re.findall(r"^```[a-z]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    prose = re.sub(r"^```[a-z]*\n.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    return lines + re.findall(r"`([^`\n]+)`", prose)


def commands_shown() -> list[tuple[str, str]]:
    """``(page, words after vespera-tui)`` for every command in the prose."""
    found = {
        (page.name, match[1].strip())
        for page in PAGES
        for code in code_of(text_of(page))
        for match in COMMAND.finditer(code)
        if code.lstrip().startswith(("vespera-tui", ".venv/bin/vespera-tui"))
    }
    return sorted(found)


def option_names(command: click.Command) -> set[str]:
    own = {name for parameter in command.params for name in parameter.opts}
    return own | {"--help"}


def inner(command: click.Command, name: str) -> click.Command | None:
    """The subcommand of this name, if there is one."""
    if not isinstance(command, click.Group):
        return None
    return command.get_command(click.Context(command), name)


def commands_there_are() -> dict[str, click.Command]:
    names = cli.list_commands(click.Context(cli))
    found = {name: inner(cli, name) for name in names}
    return {name: command for name, command in found.items() if command and not command.hidden}


def unknown_words(words: list[str]) -> list[str]:
    """Subcommands and options among ``words`` that the command line does not have."""
    command: click.Command = cli
    known, missing = option_names(command), []
    for word in words:
        if word.startswith("-"):
            if word.split("=")[0] not in known:
                missing.append(word)
        elif isinstance(command, click.Group):
            below = inner(command, word)
            if below is None:
                return [*missing, word]
            command = below
            known |= option_names(command)
    return missing


def test_the_prose_shows_commands() -> None:
    names = {words.split()[0] for page, words in commands_shown() if words}
    assert {"import", "status", "search", "cycles", "rebuild", "--headless"} <= names


@pytest.mark.parametrize(("page", "words"), commands_shown())
def test_every_command_shown_exists(page: str, words: str) -> None:
    assert unknown_words(words.split()) == [], f"{page}: vespera-tui {words}"


def test_the_check_of_commands_finds_what_is_wrong() -> None:
    assert unknown_words(["nonsense"]) == ["nonsense"]
    assert unknown_words(["status", "--nonsense"]) == ["--nonsense"]


def test_every_command_is_in_the_readme() -> None:
    shown = {words.split()[0] for page, words in commands_shown() if words and page == "README.md"}
    assert commands_there_are()
    assert set(commands_there_are()) - shown == set()


def test_help_of_the_command_line_opens() -> None:
    result = CliRunner().invoke(cli, ["--help"])
    assert result.exit_code == 0
    assert "--data-dir" in result.output


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads(text_of(ROOT / "pyproject.toml"))["project"]
    wanted = {re.split(r"[<>=!~\[; ]", line, maxsplit=1)[0] for line in project["dependencies"]}
    table = re.findall(
        r"^\| `([^`]+)` \| .{10,} \|$", text_of(ROOT / "docs/architecture.md"), re.MULTILINE
    )
    assert set(table) == wanted


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_inside_resolve(page: Path) -> None:
    for link in LINK.findall(text_of(page)):
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{page.name}: {link}"
        if anchor:
            assert anchor in anchors(target), f"{page.name}: {link}"


def test_every_make_target_shown_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", text_of(ROOT / "Makefile"), re.MULTILINE))
    for page in PAGES:
        for code in code_of(text_of(page)):
            if match := re.match(r"make ([a-z-]+)", code):
                assert match[1] in targets, f"{page.name}: {match[0]}"


def test_error_codes_agree_between_the_pages() -> None:
    def codes(name: str) -> set[str]:
        return set(
            re.findall(r"^\| (\d) \| ", text_of(ROOT / name).split("xit codes")[-1], re.MULTILINE)
        )

    assert codes("README.md") == codes("docs/operations.md") == {"0", "1", "2", "3", "4"}
