# Needs nothing but Python 3.11+ and make.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test check bench format clean

demo: $(STAMP)
	$(BIN)/courtside track examples/sample.mp4 --out sample.run
	$(BIN)/courtside show sample.run
	@echo
	@echo "The annotated video: sample.run/annotated.mp4"
	@echo "The data:            sample.run/sightings.parquet, players.json, report.json"

test: $(STAMP)-test
	$(BIN)/python tests/system_libraries.py
	$(BIN)/python -m pytest

check: $(STAMP)-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python tests/system_libraries.py
	$(BIN)/python -m pytest

bench: $(STAMP)
	$(BIN)/python benchmarks/speed.py
	$(BIN)/python benchmarks/memory.py
	$(BIN)/python benchmarks/scorecard.py

format: $(STAMP)-test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --editable .
	touch $@

$(STAMP)-test: $(STAMP)
	$(BIN)/pip install --quiet --editable '.[test]'
	touch $@

clean:
	rm -rf $(VENV) sample.run
