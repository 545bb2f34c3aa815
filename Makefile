# Everything a newcomer needs: a virtual environment with the project in it, then one command.
# Needs git, make and Python 3.11, 3.12 or 3.13; 'make PYTHON=/path/to/python demo' chooses one.

SUITABLE := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c '$(SUITABLE)' 2>/dev/null && echo $$p && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
CORES ?= 2

.PHONY: demo test test-slow test-hostile lint clean help

help:
	@echo "make demo       grade example submissions on generated data"
	@echo "make test       the default tests, under 10 minutes on 2 cores"
	@echo "make test-slow  every promised verdict, on stand-in and (GRADER_REAL_DATA) real data; WITHIN=30: for 30 minutes"
	@echo "make test-hostile  submissions that attack, each contained by the sandbox"
	@echo "make lint       ruff and mypy"

demo: $(VENV)/installed
	$(BIN)/grader demo

test: $(VENV)/installed-dev
	$(BIN)/python -m pytest -n $(CORES) --dist worksteal -m "not slow and not hostile"

test-slow: $(VENV)/installed-dev
	$(BIN)/python -m pytest -n $(CORES) --dist worksteal -m "slow and not hostile" $(if $(WITHIN),--within $(WITHIN))

test-hostile: $(VENV)/installed-dev
	$(BIN)/python -m pytest -n $(CORES) --dist loadfile -m hostile

lint: $(VENV)/installed-dev
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

$(VENV)/installed: pyproject.toml
	@test -n "$(PYTHON)" || { echo "error: no Python 3.11 to 3.13 with venv found; install one (Debian: python3-venv) or say PYTHON=..."; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --group dev
	@touch $@

clean:
	rm -rf $(VENV) demo figures results
