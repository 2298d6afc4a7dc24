# Two commands matter: `make demo` shows what this is, `make test` checks all of it. Both set up what they need.
# Needs git, make and Python 3.11 or later; another Python: make test PYTHON=python3.12

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
PLAN := out/february-2023

.PHONY: help demo test test-slow bench docs format programs clean
.DELETE_ON_ERROR:

help:
	@echo "make demo       plan the February 2023 scenario, print the answer, write brief.html"
	@echo "make test       style, types, layers, docs and all tests but the slow ones"
	@echo "make test-slow  the slow tests"
	@echo "make bench      the benchmarks, each a ratio against a named peer"
	@echo "make docs       write the generated pages of docs/reference again"
	@echo "make format     put the code in the house style"
	@echo "make clean      remove everything that make made"

demo: $(VENV)/.ready-to-run
	@$(BIN)/redball plan examples/february-2023 --out $(PLAN)
	@$(BIN)/redball brief $(PLAN) --out brief.html

test: $(VENV)/.ready-to-test programs
	@echo "ruff"; $(BIN)/ruff check --quiet . && $(BIN)/ruff format --quiet --check .
	@echo "mypy"; $(BIN)/mypy --no-error-summary
	@echo "import-linter"; $(BIN)/lint-imports --no-logo >$(VENV)/layers.txt || { cat $(VENV)/layers.txt; exit 1; }
	@echo "pytest"; $(BIN)/python -m pytest -n 2 -m "not slow"

test-slow: $(VENV)/.ready-to-test programs
	@$(BIN)/python -m pytest -m slow

bench: $(VENV)/.ready-to-run .venv-bench/.ready
	@for name in plan_build plan_phases check_speed race_speed ledger_writes ledger_reads; do echo "== $$name"; $(BIN)/python benchmarks/$$name.py || exit 1; done
	@echo "== plan_scale"; $(BIN)/python benchmarks/plan_scale.py --size S

docs: $(VENV)/.ready-to-test
	@$(BIN)/python docs/generate.py

format: $(VENV)/.ready-to-test
	@$(BIN)/ruff check --quiet --fix . ; $(BIN)/ruff format --quiet .

clean:
	rm -rf $(VENV) .venv-bench out brief.html .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests benchmarks examples docs -name __pycache__ -type d -prune -exec rm -rf {} +

# What is installed is installed once; a change of the pins or of pyproject.toml installs it again.

$(VENV)/.ready-to-run: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Setting up $(VENV) (once)"
	@$(PIP) -e .
	@touch $@

$(VENV)/.ready-to-test: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Setting up $(VENV) with what the tests need (once)"
	@$(PIP) -e '.[dev]'
	@touch $@ $(VENV)/.ready-to-run

# The peers that the benchmarks measure against live apart, so that nothing of ours can lean on them.

.venv-bench/.ready: benchmarks/requirements.txt pyproject.toml constraints.txt | $(BIN)/python
	@echo "Setting up .venv-bench with the peers (once)"
	@$(BIN)/python -m venv .venv-bench
	@.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check -r benchmarks/requirements.txt -e .
	@touch $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "'$(PYTHON)' is not Python 3.11 or later. Install it, or say which: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "Python cannot make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }

# The tests look at the brief in a real browser, let hledger add up the ledger, and cut its power with a small C library.

programs:
	@missing=""; \
	command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || missing="chromium"; \
	command -v hledger >/dev/null || missing="$$missing hledger"; \
	command -v gcc >/dev/null || missing="$$missing gcc libc6-dev"; \
	[ -n "$$missing" ] || exit 0; \
	if ! command -v apt-get >/dev/null; then \
	  echo "The tests need these programs on the PATH: $$missing. Install them and run again." >&2; exit 1; fi; \
	if [ "$$(id -u)" = 0 ]; then with=""; elif sudo -n true 2>/dev/null; then with="sudo -n"; else \
	  echo "The tests need more programs: sudo apt-get install $$missing, then run again." >&2; exit 1; fi; \
	echo "Installing Debian's $$missing for the tests (once)"; \
	$$with apt-get update -qq && $$with env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $$missing >/dev/null
