# Lenskeep: `make demo` shows it, `make test` proves it; `make` lists the rest.
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
CONSOLE := src/lenskeep/web/console/static/vendor/.ready
export PATH := $(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help setup demo test check format unit journeys bench fuzz docs clean

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) $(CONSOLE) ## make this checkout ready: packages, console

demo: $(STAMP) $(CONSOLE) ## start a server, enroll three virtual headsets, show the result
	@$(BIN)/lenskeep demo $(if $(EXIT),--exit)

test: $(STAMP) $(CONSOLE) ## everything CI checks: format, lint, types, imports, all tests
	@tools/setup.sh tests
	@$(MAKE) --no-print-directory check
	$(BIN)/python -m pytest

check: $(STAMP) ## the quick part of test: format, lint, types, imports, sizes
	$(BIN)/ruff format --check .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports --config contracts.ini
	$(BIN)/python tools/sizes.py

format: $(STAMP) ## put the code into the one format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

unit: $(STAMP) ## the tests without servers and browsers
	$(BIN)/python -m pytest -m "not journey and not browser"

journeys: $(STAMP) $(CONSOLE) ## the tests that drive a real server
	$(BIN)/python -m pytest -m "journey or browser"

bench: $(STAMP) $(CONSOLE) ## measure: ratios to the floor, growth, targets (BENCH="--quick" for less)
	@tools/setup.sh tests
	@$(BIN)/python -m benchmarks $(BENCH)

fuzz: $(STAMP) ## every reader under the fuzzer, ten minutes each (FUZZ="--minutes 1" for less)
	@$(BIN)/python -m tools.fuzz $(FUZZ)

docs: $(STAMP) ## renew the reference pages that are made from the source
	$(BIN)/python -m tools.reference_pages

clean: ## forget what was built
	rm -rf $(VENV) build dist frontend/node_modules tests/journeys/oidc/node_modules src/lenskeep/web/console/static/vendor

$(STAMP): requirements.lock pyproject.toml tools/setup.sh
	@tools/setup.sh venv
	@touch $@

$(CONSOLE): frontend/package-lock.json tools/console_assets.py | $(STAMP)
	@tools/setup.sh console
	@touch $@
