from __future__ import annotations

import pickle
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from engine.errors import ConfigurationError
from engine.service_config import (
    PROFILES,
    EmbeddingSettings,
    ServiceConfiguration,
    explain,
    get_development_config,
    get_low_resource_config,
    get_production_config,
    json_schema,
    load_configuration,
    shown,
    with_profile,
)
from tests.engine.configuration.loading import Write, load, refused

PAGE = Path(__file__).resolve().parents[3] / "docs" / "configuration.md"
DOCUMENTED: dict[str, dict[str, Any]] = {
    "embedding": {
        "enabled": True,
        "batch_size": 10,
        "embedding_model": "sentence-transformers/all-MiniLM-L6-v2",
        "max_content_length": 8192,
        "auto_embed_on_create": True,
        "auto_embed_on_update": True,
        "embed_delay_seconds": 1.0,
    },
    "cycle_detection": {
        "enabled": True,
        "check_on_dependency_add": True,
        "max_detection_depth": 50,
        "detection_timeout_seconds": 10,
        "check_delay_seconds": 2.0,
    },
    "incremental_sync": {
        "enabled": True,
        "sync_on_task_create": True,
        "sync_on_task_update": True,
        "batch_size": 20,
        "sync_delay_seconds": 5.0,
    },
    "index_optimization": {
        "enabled": True,
        "optimize_interval_hours": 24,
        "large_change_threshold": 100,
        "vacuum_sqlite": True,
        "optimize_chroma_indices": True,
        "optimize_kuzu_indices": True,
    },
}
GLOBALS = {
    "profile": "production",
    "synchronous": "full",
    "log_level": "info",
    "workers": 2,
    "max_retries": 3,
    "retry_cap_seconds": 300,
    "aging_seconds": 60,
    "batch_seconds": 5,
    "operation_timeout_seconds": 120,
    "queue_limit": 1_000_000,
    "history_limit": 100_000,
    "lease_seconds": 60,
    "max_unclean_claims": 3,
    "probe_interval_seconds": 5,
    "parity_interval_seconds": 300,
    "shutdown_timeout_seconds": 10,
    "refresh_per_second": 2.0,
    "alerts": {
        "queue_depth": 10_000,
        "errors_last_hour": 10,
        "error_rate_percent": 20,
        "slowdown_factor": 3,
        "parity_lag_seconds": 900,
        "loop_lag_seconds": 0.25,
        "disk_free_mb": 500,
        "command": "",
        "webhook": "",
    },
    "resources": {
        "adapt": True,
        "cpu_percent": 90,
        "memory_percent": 90,
        "typing_seconds": 2,
        "one_core": False,
    },
    "plugins": {"enabled": True},
}


class TestModel:
    @pytest.mark.parametrize("section", DOCUMENTED)
    def test_the_documented_keys_have_the_documented_defaults(self, section: str) -> None:
        found = getattr(ServiceConfiguration(), section).model_dump()
        assert {key: found[key] for key in DOCUMENTED[section]} == DOCUMENTED[section]

    def test_the_globals_have_their_defaults(self) -> None:
        found = ServiceConfiguration().model_dump()
        assert {key: found[key] for key in GLOBALS} == GLOBALS

    def test_data_is_kept_in_the_home_folder_and_a_tilde_means_it(self, home: Path) -> None:
        assert ServiceConfiguration().data_dir == home / ".local/share/vespera"
        assert (
            ServiceConfiguration.model_validate({"data_dir": "~/tasks"}).data_dir == home / "tasks"
        )

    def test_it_is_frozen(self) -> None:
        with pytest.raises(ValidationError, match="frozen"):
            ServiceConfiguration().workers = 3  # type: ignore[misc]  # what is refused
        with pytest.raises(ValidationError, match="frozen"):
            ServiceConfiguration().embedding.batch_size = 3  # type: ignore[misc]  # as above

    def test_an_unknown_key_is_refused_with_the_nearest(self) -> None:
        with pytest.raises(ValidationError, match=r"wrokers.*did you mean workers"):
            ServiceConfiguration.model_validate({"wrokers": 3})
        with pytest.raises(ValidationError, match=r"batchsize.*did you mean batch_size"):
            ServiceConfiguration.model_validate({"embedding": {"batchsize": 3}})

    def test_json_there_and_back_is_the_same(self) -> None:
        for config in (ServiceConfiguration(), get_low_resource_config()):
            assert ServiceConfiguration.from_json(config.to_json()) == config

    def test_json_that_is_wrong_names_its_source(self) -> None:
        with pytest.raises(ConfigurationError, match=r"^paste: workers: 0 is not allowed"):
            ServiceConfiguration.from_json('{"workers": 0}', "paste")

    def test_it_reaches_another_process_unchanged(self) -> None:
        config = load(flags={"workers": 2}).config
        assert pickle.loads(pickle.dumps(config)) == config  # noqa: S301 - made one line above

    def test_every_setting_says_what_it_means_and_allows(self) -> None:
        for each in explain(load()):
            assert len(each.meaning) > 10, each.key
            assert each.allowed, each.key

    def test_the_schema_describes_and_bounds_every_number(self) -> None:
        schema = json_schema()
        groups = [schema, *schema["$defs"].values()]
        for group in groups:
            assert group["additionalProperties"] is False
            for name, field in group["properties"].items():
                inner = schema["$defs"].get(field.get("$ref", "").split("/")[-1], {})
                assert field.get("description") or inner.get("description"), name
                if field.get("type") in {"integer", "number"}:
                    assert "maximum" in field, name
                    assert "minimum" in field or "exclusiveMinimum" in field, name


class TestProfiles:
    def test_each_differs_in_its_documented_way(self) -> None:
        base, dev = ServiceConfiguration(), get_development_config()
        prod, low = get_production_config(), get_low_resource_config()
        assert (dev.profile, prod.profile, low.profile) == (
            "development",
            "production",
            "low-resource",
        )
        assert dev.log_level == "debug"
        assert dev.embedding.batch_size < base.embedding.batch_size < prod.embedding.batch_size
        assert dev.embedding.embed_delay_seconds < base.embedding.embed_delay_seconds
        assert low.embedding.embed_delay_seconds > base.embedding.embed_delay_seconds
        hours = [c.index_optimization.optimize_interval_hours for c in (dev, base, prod, low)]
        assert hours == sorted(set(hours))
        assert (low.workers, low.synchronous, low.embedding.backend) == (1, "normal", "onnx-int8")
        assert low.refresh_per_second == 1

    def test_a_profile_changes_only_what_it_lists(self) -> None:
        default = {each.key: each.value for each in explain(load())}
        for name, changes in PROFILES.items():
            found = {each.key: each for each in explain(load(profile=name))}
            for key, each in found.items():
                if key in changes:
                    assert each.value == changes[key] != each.default, (name, key)
                elif key not in PROFILES["production"] and key != "profile":
                    assert each.value == each.default == default[key]

    def test_the_environment_does_not_reach_a_profile_function(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("VESPERA_WORKERS", "9")
        assert get_production_config().workers == 2
        assert load_configuration().config.workers == 9

    @pytest.mark.parametrize("set_by", ["file", "environment", "flag"])
    def test_a_change_of_profile_keeps_what_was_set(self, set_by: str, write: Write) -> None:
        # 32 is what production has anyway: set on purpose all the same
        loaded = {
            "file": lambda: load(file=write({"embedding": {"batch_size": 32}})),
            "environment": lambda: load(VESPERA_EMBEDDING__BATCH_SIZE="32"),
            "flag": lambda: load(flags={"embedding.batch_size": 32}),
        }[set_by]()
        low = with_profile(loaded, "low-resource")
        assert (low.config.profile, low.config.workers) == ("low-resource", 1)
        assert low.config.embedding.batch_size == 32
        assert low.sources["embedding.batch_size"].startswith(set_by)
        assert low.sources["profile"] == "change of profile"
        assert with_profile(loaded.config, "low-resource") == low.config
        back = with_profile(low, "production")
        assert back.config == loaded.config

    def test_a_change_of_profile_keeps_what_a_program_set(self, tmp_path: Path) -> None:
        made = ServiceConfiguration(data_dir=tmp_path, embedding=EmbeddingSettings(batch_size=7))
        copied = made.model_copy(update={"workers": 5})
        low = with_profile(copied, "low-resource")
        assert (low.data_dir, low.embedding.batch_size, low.workers) == (tmp_path, 7, 5)
        assert low.embedding.backend == "onnx-int8"

    def test_a_profile_that_there_is_not_is_refused(self) -> None:
        with pytest.raises(ConfigurationError, match=r"'fast'.*development, production or low-res"):
            with_profile(ServiceConfiguration(), "fast")
        message = refused(profile="fast")
        assert message.startswith("flag --profile: profile: 'fast' is not allowed")


class TestExplain:
    def test_one_section_one_key_and_all(self) -> None:
        loaded = load(VESPERA_WORKERS="4")
        assert {each.key.split(".")[0] for each in explain(loaded, "alerts")} == {"alerts"}
        (workers,) = explain(loaded, "workers")
        assert (workers.value, workers.default) == (4, 2)
        assert workers.source == workers.environment.replace("VESPERA", "environment VESPERA")
        assert len(explain(loaded)) == len(loaded.sources)

    def test_an_unknown_key_is_refused(self) -> None:
        with pytest.raises(ConfigurationError, match="did you mean workers"):
            explain(load(), "wokers")


class TestPage:
    def rows(self) -> dict[str, list[str]]:
        found = re.findall(r"^\| `([a-z_.]+)` \| (.+) \|$", PAGE.read_text(), re.MULTILINE)
        return {key: rest.split(" | ") for key, rest in found}

    def test_every_setting_is_there_with_default_range_and_meaning(self) -> None:
        rows = self.rows()
        for each in explain(load()):
            default = "platform" if each.key == "data_dir" else f"`{shown(each.default)}`"
            assert rows.pop(each.key) == [default, each.allowed, each.meaning], each.key
        profile_rows = set().union(*PROFILES.values())
        assert set(rows) <= profile_rows

    def test_the_readme_links_to_it(self) -> None:
        assert "](docs/configuration.md)" in (PAGE.parents[1] / "README.md").read_text()

    def test_every_difference_of_a_profile_is_there(self) -> None:
        text = PAGE.read_text().split("## Profiles")[1].split("\n## ")[0]
        rows = dict(re.findall(r"^\| `([a-z_.]+)` \| (.+) \|$", text, re.MULTILINE))
        assert set(rows) == set().union(*PROFILES.values())
        for key, cells in rows.items():
            wanted = [
                f"`{shown(changes[key])}`" if key in changes else ""
                for changes in PROFILES.values()
            ]
            assert [cell.strip() for cell in cells.split("|")] == wanted, key

    def test_the_examples_are_valid(self, write: Write) -> None:
        text = PAGE.read_text()
        examples = re.findall(r"^```json\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
        assert examples
        for example in examples:
            assert load(file=write(example)).settings
        names = dict(re.findall(r"\b(VESPERA_[A-Z_]+)=(\S+)", text))
        names.pop("VESPERA_CONFIG", None)
        assert load(**names).settings


def test_reading_the_configuration_imports_nothing_heavy() -> None:
    code = "import sys, engine.service_config; print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"torch", "chromadb", "kuzu", "textual", "rich", "click", "onnxruntime"}
    assert heavy.isdisjoint(found.stdout.split())
