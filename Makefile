# Everything a user or a maintainer runs. The virtual environment is .venv; PYTHON chooses its interpreter.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

# A user's own Ray or Paddle settings do not change what the targets do.
export RAY_USAGE_STATS_ENABLED := 0
export PADDLE_PDX_DISABLE_MODEL_SOURCE_CHECK := True

.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /\1\t/' | expand -t 12

setup: $(READY) ## the virtual environment with the pinned dependencies and the command .venv/bin/nuskha

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "nuskha needs Python 3.11 or newer; name one with PYTHON=python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: -c constraints.txt pip setuptools
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --prefer-binary --only-binary :all: \
		--no-binary rouge-score --no-build-isolation -c constraints.txt -e '.[dev]'
	@touch $@

demo: $(READY) ## reads the sample prescriptions and condenses the sample messages, through Ray, and shows both
	rm -rf demo-output
	$(BIN)/nuskha batch ocr samples/*.jpg samples/*.pdf demo-output/prescriptions
	$(BIN)/nuskha show demo-output/prescriptions
	$(BIN)/nuskha evaluate ocr demo-output/prescriptions samples/gold.json
	$(BIN)/nuskha batch summarize samples/messages.jsonl demo-output/summaries
	$(BIN)/nuskha show demo-output/summaries
	@echo "Parquet, one row a page and one a message: demo-output/*/*.parquet"

check: $(READY) ## ruff, mypy --strict and the import floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check ## the checks and all tests
	$(BIN)/python -m pytest

bench: $(READY) ## speed, memory and matching, each beside its rival in one run (about fifteen minutes)
	$(BIN)/python -m bench.formulary
	$(BIN)/python -m bench.ocr --pages 500
	$(BIN)/python -m bench.job
	$(BIN)/python -m bench.summarize

clean: ## everything that make wrote, the environment included
	rm -rf $(VENV) *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache demo-output
