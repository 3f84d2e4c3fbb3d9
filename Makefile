# Two commands for everyone: make demo, make test. Each sets everything up in .venv by itself.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test check bench clean

.venv/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

demo: .venv/ready  ## from the sound to the archive, in ./demo
	rm -rf demo
	$(BIN)/copiste demo --home demo

test: .venv/ready  ## every test that this machine can run
	$(BIN)/python -m pytest

check: .venv/ready  ## style, types, imports
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/ready  ## the figures of the README, on a few recordings: without --quick, on all
	$(BIN)/python -m bench.chain --quick
	$(BIN)/python -m bench.intake --quick
	$(BIN)/python -m bench.accuracy --quick --residue
	$(BIN)/python -m bench.accuracy --quick --recorded
	$(BIN)/python -m bench.vocab --quick

clean:
	rm -rf .venv demo dist
