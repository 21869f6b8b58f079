# Targets set up what they need in .venv the first time, and again only when a pinned file changed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help run demo pictures test test-slow conformance lint format bench clean

help:  ## Show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(READY): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@# torch first: a build for the CPU that is at hand is kept, and nothing larger is fetched
	$(BIN)/python -m pip install --quiet -c constraints.txt torch
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev,bench]'
	touch $@

run: $(READY)  ## Open the dashboard
	$(BIN)/vespera-tui

demo: $(READY)  ## Open the dashboard on the bundled sample project
	$(BIN)/vespera-tui --demo

pictures: $(READY)  ## Draw the pictures of the README again
	$(BIN)/python -m vespera_tui.demo.pictures

# three at a time on two processors: many wait for a child process or the disk
test: lint  ## Lint, types, import contracts and tests
	$(BIN)/python -m pytest -n 3 -m "not slow"

test-slow: $(READY)  ## The tests that take minutes: models, deeper runs, new random examples
	HYPOTHESIS_PROFILE=exploring $(BIN)/python -m pytest -n 2 -m slow --timeout 1800

conformance: $(READY)  ## The MCP server before clients that others wrote; needs npm
	mkdir -p build/conformance && cp tests/mcp_conformance/package.json build/conformance/
	npm install --prefix build/conformance --no-audit --no-fund --silent
	$(BIN)/python -m pytest tests/mcp_conformance --timeout 600

lint: $(READY)  ## Linter, formatter, types and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY)  ## Format the code and mend what the linter can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY)  ## Print the benchmark tables
	$(BIN)/python -m benchmarks

clean:  ## Remove what the build and the tests left
	rm -rf build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
