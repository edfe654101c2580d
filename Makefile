# Each target says what it does in `make help`. What they install and keep: see dev/folder.
export ENVBUILDER_DEV_DIR := $(shell dev/folder)
export PATH := $(ENVBUILDER_DEV_DIR)/venv/bin:$(ENVBUILDER_DEV_DIR)/node_modules/.bin:$(PATH):/usr/sbin:/sbin
export REPO CHECK BENCH_ROUNDS
# With it each of the many processes would compile all that it imports: seconds, each time.
unexport PYTHONDONTWRITEBYTECODE

IN_PARALLEL = $(MAKE) --jobs=2 --output-sync --no-print-directory
PYTEST = python -m pytest --numprocesses=2 --dist=loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-all test-hubs ui-test screenshots lint format reference bench
.PHONY: lint-python lint-pages test-components

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile

setup: ## Install what the other targets need (as root on Debian or Ubuntu: everything)
	@dev/setup

demo: setup ## Run the whole product; REPO=https://… for your repository, CHECK=1 to only check it
	@python -m dev.demo

test: setup ## Run the checks and the tests: lint, types, units, store, engine, Hub, faults, browser
	@$(IN_PARALLEL) lint-python lint-pages test-components
	@$(PYTEST) -m "not long"
	npm --prefix ui-tests --silent test

test-all: setup ## Run what takes long as well: the soak, more moments of each fault, more examples
	@$(IN_PARALLEL) lint-python lint-pages test-components
	@$(PYTEST)
	npm --prefix ui-tests --silent run test-all

test-hubs: setup ## Run the end-to-end tests on the older JupyterHubs as well
	@dev/with_hub '5.5.*' python -m pytest --numprocesses=2 --dist=loadfile tests/live tests/hub
	@dev/with_hub '5.2.*' python -m pytest tests/live/test_main_job.py

ui-test: setup ## Run the tests in a browser; UI_TEST_ARGS=spawn for those of one file
	@npm --prefix ui-tests --silent run test-all -- $(UI_TEST_ARGS)

screenshots: setup ## Take the pictures of the documentation anew
	@SCREENSHOTS=1 npm --prefix ui-tests --silent run test-all -- --grep @screenshots

lint: setup ## Check style, types and the direction of imports
	@$(IN_PARALLEL) lint-python lint-pages

lint-python:
	ruff check .
	ruff format --check .
	mypy
	lint-imports

lint-pages:
	npm --prefix frontend --silent run check
	npm --prefix ui-tests --silent run check

test-components:
	npm --prefix frontend --silent test

format: setup ## Put the code into its form
	ruff check --fix .
	ruff format .
	npm --prefix frontend --silent run format

reference: setup ## Renew the tables of the documentation that are made from the code
	@python -m dev.reference
	@npm --prefix frontend --silent run types

bench: setup ## Measure, side by side in one run; BENCH=bench/launch.py for one question
	@uv pip install --quiet --python $(ENVBUILDER_DEV_DIR)/venv/bin/python --group bench
	@python -m pytest -s -q $(or $(BENCH),bench/*.py)
	@python -m bench.page
