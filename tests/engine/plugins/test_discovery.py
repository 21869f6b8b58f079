from __future__ import annotations

import sys

from engine.plugins.discovery import PluginDescription, discover


def test_what_is_installed_is_found_and_not_imported(install) -> None:
    install.package("words", {"word_count": "words:WordCount"}, "raise RuntimeError")
    found = discover()
    assert found.problems == ()
    assert found.plugins == (PluginDescription("word_count", "words:WordCount", "words", "1.0"),)
    assert "words" not in sys.modules


def test_a_wrong_one_is_reported_and_the_rest_is_found(install) -> None:
    install.package("one", {"twice": "one:A", "Upper": "one:B", "fine": "one:C"})
    install.package("two", {"twice": "two:A", "auto_embedding": "two:B", "shell": "rm -rf"})
    found = discover()
    assert [plugin.name for plugin in found.plugins] == ["fine"]
    told = "\n".join(found.problems)
    assert "'twice' of one, two is left out: the name must be used once" in told
    assert "'Upper' of one is left out: a name is a-z" in told
    assert "'auto_embedding' of two is left out: a built-in service" in told
    assert "'shell' of two is left out: 'rm -rf' is not module:Class" in told
    assert len(found.problems) == 4


def test_a_damaged_package_is_reported(install) -> None:
    install.package("bad", {"fine": "bad:A"})
    (install.folder / "bad-1.0.dist-info" / "entry_points.txt").write_bytes(b"[a]\nx = \xff\n")
    found = discover()
    assert found.plugins == ()
    assert "an installed package can't be read" in found.problems[0]
