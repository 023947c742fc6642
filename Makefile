# `make check` before every commit, `make test` for all that CI runs. Needs Python 3.11+ and make, nothing else.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.ready
LOCK := $(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

.PHONY: help
help:  ## this list
	@awk -F ':.*## *' '/^[a-z-]+:.*##/ { printf "%-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(STAMP): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Duralog needs Python 3.11 or newer; say PYTHON=<path> make ...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.PHONY: venv
venv: $(STAMP)  ## .venv with the pinned dependencies and this project, editable

.PHONY: check
check: $(STAMP)  ## before every commit: all that needs no broker, on all cores
	@$(MAKE) -j2 lint mypy contracts unit

# Many of these tests wait for a thread, so two processes a core.
.PHONY: unit
unit: $(STAMP)
	@$(BIN)/pytest -q -n $$((2 * $$(getconf _NPROCESSORS_ONLN))) -m "not integration and not slow"

# One process has the broker and all that needs it, which mostly waits; the others do the rest.
# One that ends in a test makes place for another, which begins with that test: not for ever.
# The last line printed is pytest's closing line; .ci/run reads its exit status from the file.
.PHONY: test
test: $(STAMP)  ## everything CI runs: chaos for five minutes, then all tests, with a real Kafka
	@$(MAKE) -j2 static
	@$(MAKE) chaos-quick CHAOS="--seed 1"
	@status=0; $(BIN)/pytest -n auto --max-worker-restart 1 || status=$$?; echo $$status > .cache/pytest.status; exit $$status

SEEDS ?= 1000
START ?= 0
SIM ?=
.PHONY: sim
sim: $(STAMP)  ## the seeded simulator: SEEDS=n START=k SIM=--shrink; its last line counts violations
	@cd tests && PYTHONPATH=. ../$(BIN)/python -m sim --seeds $(SEEDS) --start $(START) $(SIM)

.PHONY: sim-long mutants
sim-long: $(STAMP)  ## the same with all processors: 40,000 seeds and a death at every effect; some hours
	@cd tests && PYTHONPATH=. ../$(BIN)/python -m sim.deaths
	@cd tests && PYTHONPATH=. ../$(BIN)/python -m sim --seeds 40000 --start $(START) --jobs 64
mutants: $(STAMP)  ## bugs planted in the product, each to be found by the simulator; counts them
	@cd tests && PYTHONPATH=. ../$(BIN)/python -m sim.mutants

N ?= 100000
.PHONY: fuzz
fuzz: $(STAMP)  ## bad input at every door and into an engine: N=1000000 inputs from seed START; counts findings
	@cd tests && PYTHONPATH=. ../$(BIN)/python -m fuzz --inputs $(N) --start $(START)

CHAOS ?=
.PHONY: chaos chaos-quick
chaos: $(STAMP)  ## everything fails on three real brokers, then fourteen invariants; CHAOS="--seed 7"
	@cd tests && PYTHONPATH=. ../$(BIN)/python -m chaos $(CHAOS)
chaos-quick: $(STAMP)  ## the same in six minutes
	@cd tests && PYTHONPATH=. ../$(BIN)/python -m chaos --quick $(CHAOS)

.PHONY: golden
golden: $(STAMP)  ## histories recorded from the reference server: events compared, then pytest's closing line
	@$(BIN)/pytest -q tests/test_histories.py

.PHONY: static
static: lint mypy pyright contracts

.PHONY: demo
demo: $(STAMP)  ## the whole on a real Kafka: workflows that survive kill -9 of a worker and the engine
	@PYTHONPATH=examples $(BIN)/python -m demo

RECORDS ?= 100000
.PHONY: bench
bench: $(STAMP)  ## how fast it is, one JSON object a line; SCENARIO=idle (see CONTRIBUTING.md)
	@cd tests && ../$(BIN)/python -m bench $(SCENARIO) --records $(RECORDS)

MINUTES ?= 60
.PHONY: soak
soak: $(STAMP)  ## is memory flat? MINUTES=60; samples and plot in .cache/soak, fails when a role grows
	@PYTHONPATH=tests $(BIN)/python -m bench.soak --minutes $(MINUTES)

.PHONY: lint
lint: $(STAMP)  ## ruff: rules and format
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet || { echo "not formatted; run: make fmt"; exit 1; }

.PHONY: mypy pyright
mypy: $(STAMP)
	@$(BIN)/mypy --no-error-summary
pyright: $(STAMP)  ## strict types once more; half a minute, so not in check
	@out=$$($(BIN)/pyright) || { echo "$$out"; exit 1; }

.PHONY: contracts
contracts: $(STAMP)  ## who may import whom
	@out=$$($(BIN)/lint-imports --cache-dir .cache/import-linter) || { echo "$$out"; exit 1; }

.PHONY: fmt
fmt: $(STAMP)  ## let ruff put things in order
	@$(BIN)/ruff check --quiet --fix-only
	@$(BIN)/ruff format --quiet

.PHONY: docs
docs: $(STAMP)  ## the documentation as HTML, every link checked; prints where it is
	@$(BIN)/sphinx-build -q -W --keep-going -n -d .cache/docs-trees docs .cache/docs
	@echo .cache/docs/index.html

.PHONY: schemas
schemas: $(STAMP)  ## write the records' classes anew from schemas/duralog/schemas/avsc
	@$(BIN)/python schemas/generate.py

.PHONY: jars
jars: $(STAMP)  ## lock the jars of Apache Kafka anew, after a change of its version
	@$(BIN)/python -m duralog.connectors.embedded.lock

.PHONY: lock
lock: $(STAMP)  ## write requirements/*.txt anew from pyproject.toml and requirements/dev.in
	$(LOCK) --all-extras pyproject.toml requirements/dev.in -o requirements/dev.txt
	$(LOCK) --extra server pyproject.toml -o requirements/server.txt
	$(LOCK) requirements/build.in -o requirements/build.txt
	$(LOCK) requirements/greeting.in -o requirements/greeting.txt
