from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ConfigurationError
from engine.service_config import (
    ServiceConfiguration,
    explain,
    get_production_config,
)
from tests.engine.configuration.loading import Write, load, refused

if TYPE_CHECKING:
    from pathlib import Path


class TestPrecedence:
    def test_each_source_overrides_the_one_before(self, write: Write) -> None:
        key = "embedding.batch_size"
        file = write({"embedding": {"batch_size": 50}})
        environ = {"VESPERA_EMBEDDING__BATCH_SIZE": "60"}
        found = [
            load(profile="low-resource"),
            load(profile="low-resource", file=file),
            load(profile="low-resource", file=file, **environ),
            load(profile="low-resource", file=file, flags={key: 70}, **environ),
        ]
        assert [each.config.embedding.batch_size for each in found] == [8, 50, 60, 70]
        assert [each.sources[key] for each in found] == [
            "profile low-resource",
            f"file {file}",
            "environment VESPERA_EMBEDDING__BATCH_SIZE",
            "flag --embedding.batch-size",
        ]

    def test_a_value_equal_to_the_default_overrides_and_an_unset_one_does_not(
        self, write: Write
    ) -> None:
        file = write({"embedding": {"batch_size": 10}})
        assert load(file=file).config.embedding.batch_size == 10
        assert load(file=write({"embedding": {}})).config.embedding.batch_size == 32
        assert load(flags={"embedding.batch_size": None}).config.embedding.batch_size == 32

    def test_the_profile_follows_the_same_order(self, write: Write) -> None:
        file = write({"profile": "development"})
        assert load().config.profile == "production"
        assert load(file=file).config.embedding.batch_size == 4
        assert load(file=file).sources["profile"] == f"file {file}"
        environ = {"VESPERA_PROFILE": "low-resource"}
        assert load(file=file, **environ).config.workers == 1
        assert load(file=file, profile="production", **environ).config.profile == "production"

    def test_the_file_is_chosen_by_flag_then_environment_then_its_usual_place(
        self, write: Write
    ) -> None:
        write({"workers": 3}, ".config/vespera/config.json")
        named = {"VESPERA_CONFIG": str(write({"workers": 4}, "named.json"))}
        assert load().config.workers == 3
        assert load(**named).config.workers == 4
        assert load(file=write({"workers": 5}), **named).config.workers == 5
        assert load(VESPERA_CONFIG="").config.workers == 3

    def test_nothing_set_means_defaults_and_the_production_profile(self) -> None:
        loaded = load()
        assert loaded.config == get_production_config()
        assert set(loaded.sources.values()) == {"default", "profile production"}
        assert set(loaded.sources) == {each.key for each in explain(loaded)}

    def test_the_data_directory_may_come_from_anywhere(self, home: Path, write: Write) -> None:
        assert load(file=write({"data_dir": "~/one"})).config.data_dir == home / "one"
        assert load(VESPERA_DATA_DIR="~/two").config.data_dir == home / "two"
        loaded = load(flags={"data_dir": home / "three"})
        assert loaded.config.data_dir == home / "three"
        assert loaded.sources["data_dir"] == "flag --data-dir"


class TestText:
    @pytest.mark.parametrize("text", ["false", "0", "no", "OFF", " False "])
    def test_no(self, text: str) -> None:
        assert load(VESPERA_EMBEDDING__ENABLED=text).config.embedding.enabled is False

    @pytest.mark.parametrize("text", ["true", "1", "yes", "On"])
    def test_yes(self, text: str) -> None:
        loaded = load(
            profile="low-resource", VESPERA_INDEX_OPTIMIZATION__OPTIMIZE_KUZU_INDICES=text
        )
        assert loaded.config.index_optimization.optimize_kuzu_indices is True

    def test_numbers_and_names(self) -> None:
        config = load(
            VESPERA_WORKERS="4",
            VESPERA_INCREMENTAL_SYNC__SYNC_DELAY_SECONDS="0.25",
            VESPERA_CYCLE_DETECTION__POLICY="flag",
            VESPERA_EMBEDDING__MODEL_PATH="",
        ).config
        assert (config.workers, config.incremental_sync.sync_delay_seconds) == (4, 0.25)
        assert (config.cycle_detection.policy, config.embedding.model_path) == ("flag", "")

    @pytest.mark.parametrize(
        ("name", "text", "allowed"),
        [
            ("WORKERS", "many", "a whole number from 1 to 32"),
            ("WORKERS", "2.5", "a whole number from 1 to 32"),
            ("WORKERS", "33", "a whole number from 1 to 32"),
            ("LEASE_SECONDS", "nan", "a number from 1 to 86400"),
            ("CYCLE_DETECTION__DETECTION_TIMEOUT_SECONDS", "0", "a number above 0 to 3600"),
            ("LEASE_SECONDS", "inf", "a number from 1 to 86400"),
            ("EMBEDDING__ENABLED", "maybe", "true or false"),
            ("EMBEDDING__EMBEDDING_MODEL", "", "text, not empty"),
            ("LOG_LEVEL", "loud", "debug, info, warning or error"),
            ("DATA_DIR", "", "the path of a folder"),
            ("DATA_DIR", "~nobody-of-this-name/x", "the path of a folder"),
        ],
    )
    def test_a_value_that_is_not_allowed_says_what_is(
        self, name: str, text: str, allowed: str
    ) -> None:
        key = name.lower().replace("__", ".")
        assert refused(**{f"VESPERA_{name}": text}) == (
            f"environment VESPERA_{name}: {key}: {text!r} is not allowed; allowed: {allowed}"
        )

    @pytest.mark.parametrize(
        ("name", "nearest"),
        [
            ("VESPERA_WORKER", "VESPERA_WORKERS"),
            ("VESPERA_EMBEDDING_BATCH_SIZE", "VESPERA_EMBEDDING__BATCH_SIZE"),
            ("VESPERA_CONFIGS", "VESPERA_CONFIG"),
            ("VESPERA_workers", "VESPERA_WORKERS"),
        ],
    )
    def test_an_unknown_name_is_refused_with_the_nearest(self, name: str, nearest: str) -> None:
        assert refused(**{name: "1"}) == (
            f"environment {name}: no such setting; did you mean {nearest}?"
        )

    def test_other_names_are_left_alone(self) -> None:
        assert load(VESPERATION="1", _VESPERA_TUI_COMPLETE="bash_source").config.workers == 2


class TestFile:
    @pytest.mark.parametrize(
        ("content", "problem"),
        [
            ({"workers": "4"}, "workers: '4' is not allowed; allowed: a whole number from 1 to 32"),
            ({"workers": True}, "workers: True is not allowed"),
            ({"workers": None}, "workers: None is not allowed"),
            ({"embedding": {"enabled": 1}}, "embedding.enabled: 1 is not allowed; allowed: true"),
            ({"embedding": {"batch_size": 0}}, "embedding.batch_size: 0 is not allowed"),
            ({"embedding": 5}, "embedding: 5 is no object of settings"),
            ({"embeding": {}}, "embeding: no such setting; did you mean embedding?"),
            ({"batch_sise": 5}, "batch_sise: no such setting; did you mean embedding.batch_size?"),
            ({"alerts": {"depth": 5}}, "alerts.depth: no such setting; did you mean alerts.queue"),
            ({"embedding.batch_size": 5}, "embedding.batch_size: a section is an object"),
            ({"data_dir": "a\0b"}, "data_dir: 'a\\x00b' is not allowed"),
            ('{"lease_seconds": NaN}', "lease_seconds: nan is not allowed"),
            ("[]", "expected an object of settings, found []"),
            ('{"workers": 1,\n "workers": 2}', "the key 'workers' stands twice"),
            ('{"workers": 1,\n  oops}', "line 2 column 3"),
            ("", "line 1 column 1"),
            ("[" * 100_000, "not valid JSON"),
        ],
    )
    def test_what_is_wrong_names_file_key_value_and_range(
        self, content: object, problem: str, write: Write
    ) -> None:
        file = write(content)
        message = refused(file=file)
        assert message.startswith(f"file {file}: ")
        assert problem in message

    def test_a_wrong_value_is_refused_even_when_overridden(self, write: Write) -> None:
        message = refused(file=write({"workers": 0}), flags={"workers": 3})
        assert "workers: 0 is not allowed" in message

    def test_a_file_that_is_not_there_or_no_text_is_refused(self, tmp_path: Path) -> None:
        assert "No such file" in refused(file=tmp_path / "none.json")
        assert "Is a directory" in refused(file=tmp_path)
        (tmp_path / "latin").write_bytes(b'{"a": "\xe9"}')
        assert "can't be read" in refused(file=tmp_path / "latin")
        assert "No such file" in refused(VESPERA_CONFIG=str(tmp_path / "none.json"))

    def test_a_very_long_value_is_cut_short(self, write: Write) -> None:
        assert len(refused(file=write({"workers": "x" * 10_000}))) < 500

    def test_a_byte_order_mark_is_allowed(self, tmp_path: Path) -> None:
        file = tmp_path / "marked.json"
        file.write_bytes(b'\xef\xbb\xbf{"workers": 7}')
        assert load(file=file).config.workers == 7

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda inner: st.dictionaries(
                st.sampled_from(["workers", "embedding", "batch_size", "data_dir", "x.y", ""]),
                inner,
            ),
        )
    )
    def test_any_json_is_read_or_refused_in_one_line(self, content: object) -> None:
        try:
            ServiceConfiguration.from_json(json.dumps(content))
        except ConfigurationError as error:
            assert "\n" not in str(error)  # noqa: PT017 - either outcome is right


class TestFlags:
    def test_text_is_understood_and_other_values_are_taken_as_they_are(self) -> None:
        flags = {"workers": "4", "embedding.enabled": "no", "max_retries": 0}
        config = load(flags=flags).config
        assert (config.workers, config.embedding.enabled, config.max_retries) == (4, False, 0)

    def test_a_wrong_flag_is_named(self) -> None:
        assert refused(flags={"max_retries": -1}).startswith("flag --max-retries: max_retries: -1")
        assert "did you mean max_retries" in refused(flags={"retries": 1})
