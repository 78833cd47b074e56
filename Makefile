# `make help` lists what can be asked for.
SHELL := /usr/bin/env bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
.DEFAULT_GOAL := help

VENV ?= .venv
PYTHON ?=
ARGS ?=
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11
# A test file's servers belong to one process, so files are handed out whole.
PYTEST := $(BIN)/python -m pytest -n logical --maxprocesses 4 --dist loadfile

.PHONY: help install install-dev demo test test-long test-guards test-all check lint format types imports shape bench lock clean distclean

help: ## this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

# Each process compiles our modules for itself where Python may not keep what it compiled, so that is done here.
install: $(VENV)/.run ## the product in .venv (PYTHON=/path/to/python3 to choose which)
	@$(BIN)/python -m compileall -q events projections services

install-dev: $(VENV)/.dev install ## the product and what its tests and checks need
	@:

demo: install ## the whole system with embedded servers and the November 2020 set (ARGS="--port 8081")
	@$(BIN)/conflictlog demo $(ARGS)

test: install-dev ## the tests, without the long ones (ARGS="-k kalbajar")
	@$(PYTEST) -m "not long" $(ARGS)

test-long: install-dev ## the long tests only
	@$(PYTEST) -m long $(ARGS)

test-guards: install-dev ## take out each guard of tests/faults.toml, and see its test fail (part of test-long)
	@$(BIN)/python -m pytest tests/simulation/test_guards.py $(ARGS)

test-all: install-dev ## `make test` on each Python from 3.11 to 3.13 found here, each run even if another fails
	@own=$$($(BIN)/python -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
	failed=; \
	for version in 3.11 3.12 3.13; do \
		if [ $$version = $$own ]; then \
			echo "== Python $$version"; \
			$(MAKE) --no-print-directory test || failed="$$failed $$version"; \
		elif python=$$(.ci/find-python $$version); then \
			echo "== Python $$version"; \
			$(MAKE) --no-print-directory test VENV=.venv-$$version PYTHON=$$python || failed="$$failed $$version"; \
		else \
			echo "== Python $$version left out"; \
		fi; \
	done; \
	[ -z "$$failed" ] || { echo "failed on:$$failed" >&2; exit 1; }

check: install-dev ## lint, format, types, import contracts and the project's shape, each run even if another fails
	@$(MAKE) --no-print-directory --keep-going lint format types imports shape

lint: install-dev
	@$(BIN)/ruff check .

format: install-dev
	@$(BIN)/ruff format --check .

types: install-dev
	@$(BIN)/basedpyright

imports: install-dev
	@$(BIN)/lint-imports --no-logo

shape: install-dev
	@$(BIN)/python -m pytest -q tests/architecture

bench: install-dev ## measure beside the references, into build/bench.json (ARGS="--quick", "--full", "--only append,post")
	@$(BIN)/python -m tests.bench $(ARGS)

lock: install-dev ## requirements/*.txt from requirements/*.in (ARGS=--upgrade for newer versions)
	@$(LOCK) $(ARGS) requirements/run.in --output-file requirements/run.txt
	@$(LOCK) $(ARGS) --constraint requirements/run.txt requirements/dev.in --output-file requirements/dev.txt

clean: ## remove caches and build products
	@rm -rf build *.egg-info .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	@find events projections services deploy tests -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean ## remove the environments as well
	@rm -rf .venv .venv-*

$(VENV)/bin/python:
	@python=$${PYTHON:-$(PYTHON)}; \
	python=$${python:-$$(.ci/find-python)}; \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "$$python does not run, or is older than Python 3.11" >&2; exit 1; }; \
	"$$python" -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo "$$python has no venv module (on Debian and Ubuntu: package python3-venv)" >&2; exit 1; }; \
	echo "Making $(VENV) with $$python"; \
	"$$python" -m venv $(VENV)

# setuptools is in the lock, so the project itself is built without another download.
$(VENV)/.run: requirements/run.txt pyproject.toml | $(VENV)/bin/python
	@$(PIP) install --quiet --require-hashes --only-binary :all: --requirement requirements/run.txt
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.run
	@$(PIP) install --quiet --require-hashes --only-binary :all: --requirement requirements/dev.txt
	@touch $@
