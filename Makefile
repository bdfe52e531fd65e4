# `make demo` and `make test` do all their set-up on a fresh machine; a second run finds it done.

VENV    ?= .venv
BIN     := $(VENV)/bin
STAMP   := $(VENV)/.installed
FIND    := for python in $$PYTHON python3 python3.13 python3.12 python3.11 python; do \
             $$python -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
               >/dev/null 2>&1 && { echo $$python; break; }; done

# Tests: a process for each core, a file at a time. Each has one thread: two on a busy two-core machine are
# slower than one, and results repeat.
PARALLEL ?= --numprocesses auto --dist loadfile
export OMP_NUM_THREADS ?= 1

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-all bench bench-gpu pictures zoo docs format lint clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## */\1\t/' | expand -t 12

setup: $(STAMP)  ## the virtual environment, with pinned versions

demo: $(STAMP)  ## compile a spec and track a clip (VIDEO=path BOX=x,y,w,h for your own); see out/demo
	@$(BIN)/sotc demo $(if $(VIDEO),"$(VIDEO)") $(if $(BOX),--box "$(BOX)")

test: $(STAMP)  ## all tests but the slow ones, with ruff and mypy among them
	$(BIN)/python -m pytest $(PARALLEL)

test-all: $(STAMP)  ## the slow tests too
	$(BIN)/python -m pytest $(PARALLEL) --slow

bench: $(STAMP)  ## figures of this machine into docs/benchmarks (SECTIONS="nanotrack_v2 memory" for some; QUICK=1)
	$(BIN)/python bench/run.py $(SECTIONS) $(if $(QUICK),--quick)

bench-gpu: $(STAMP)  ## trackers on a CUDA device: frames and boxes per second
	$(BIN)/python bench/gpu.py --json out/bench_gpu.json

pictures: $(STAMP)  ## the guide's pictures of graphs, by a browser without a window (Chromium)
	$(BIN)/python bench/pictures.py

zoo: $(STAMP)  ## the shipped trackers measured, into docs/zoo.md and docs/zoo (SPECS="nanotrack_v2" for some; PAGE=1 only writes)
	$(BIN)/python bench/zoo.py $(SPECS) $(if $(PAGE),--page)

docs: $(STAMP)  ## the documentation site, into out/site, checked for dead links (SERVE=1 shows it while you write)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs $(if $(SERVE),serve,build --strict)

format: $(STAMP)  ## ruff format, imports sorted, and every spec formatted
	$(BIN)/ruff check --select I --fix .
	$(BIN)/ruff format .
	$(BIN)/sotc fmt specs cli/templates

lint: $(STAMP)  ## ruff, mypy and the house rules
	$(BIN)/python -m pytest tests/test_style.py tests/test_architecture.py

clean:  ## remove the virtual environment and everything that running left behind
	rm -rf $(VENV) out build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(STAMP): pyproject.toml constraints.txt
	@test -x $(BIN)/python || { \
	  python=$$($(FIND)); \
	  test -n "$$python" || { echo "make: Python 3.11, 3.12 or 3.13 is needed (PYTHON=path says which)" >&2; exit 1; }; \
	  echo "$$python -m venv $(VENV)"; $$python -m venv $(VENV); }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt torch==2.13.0
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $(STAMP)
