# Everything a user or a maintainer runs. The virtual environment is .venv; PYTHON chooses its interpreter.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
# What torch built for CPUs cannot import, kept beside the environment: tests of the models that want it do.
BESIDE := $(VENV)/torchvision
NUSKHA_DATA ?= ../shared/data

# A user's own Ray or Paddle settings do not change what the targets do.
export RAY_USAGE_STATS_ENABLED := 0
export PADDLE_PDX_DISABLE_MODEL_SOURCE_CHECK := True

.DEFAULT_GOAL := help
.PHONY: help setup demo cluster-demo test test-slow check figures bench clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /\1\t/' | expand -t 12

setup: $(READY) ## the virtual environment with the pinned dependencies and the command .venv/bin/nuskha

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "nuskha needs Python 3.11 or newer; name one with PYTHON=python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: -c constraints.txt pip setuptools
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --prefer-binary --only-binary :all: \
		--no-binary rouge-score --no-build-isolation -c constraints.txt -e '.[dev]'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: --no-deps -c constraints.txt \
		--upgrade --target $(BESIDE) torchvision num2words
	@touch $@

demo: $(READY) ## both jobs on the samples through Ray, shown and evaluated; the reports' paths come last
	rm -rf demo-output
	$(BIN)/nuskha batch ocr samples/*.jpg samples/*.pdf demo-output/prescriptions
	$(BIN)/nuskha show demo-output/prescriptions
	$(BIN)/nuskha batch summarize samples/messages.jsonl demo-output/summaries
	$(BIN)/nuskha show demo-output/summaries
	$(BIN)/nuskha evaluate ocr demo-output/prescriptions samples/gold.json --out demo-output/prescriptions-evaluated
	$(BIN)/nuskha evaluate summaries demo-output/summaries samples/messages.jsonl --out demo-output/summaries-evaluated
	$(BIN)/nuskha report demo-output/summaries-evaluated --gate samples/gate.yaml
	@echo "Parquet, one row a page and one a message: demo-output/*/*.parquet"
	@echo "Reports: demo-output/prescriptions-evaluated/report.html demo-output/summaries-evaluated/report.html"

cluster-demo: $(READY) ## the same on a cluster of a head and two worker nodes, started here for it
	rm -rf cluster-demo-output
	$(BIN)/python -m jobs.deploy.cluster_demo samples cluster-demo-output

check: $(READY) ## ruff, mypy --strict and the import floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check ## the checks, and all tests but the slow ones
	$(BIN)/python -m pytest -m "not slow"

test-slow: $(READY) ## the slow tests: nodes and workers that die, submitted jobs, training runs
	$(BIN)/python -m pytest -m slow

figures: $(READY) ## the README's tables from the real sets, wherever NUSKHA_DATA (../shared/data) holds them
	$(BIN)/python -m bench.figures --data $(NUSKHA_DATA)

bench: $(READY) ## speed, memory and matching, each beside its rival in one run (about fifty minutes)
	$(BIN)/python -m bench.formulary
	$(BIN)/python -m bench.texts
	$(BIN)/python -m bench.ocr --pages 500
	$(BIN)/python -m bench.altered
	$(BIN)/python -m bench.recogniser
	$(BIN)/python -m bench.job
	$(BIN)/python -m bench.scaling
	$(BIN)/python -m bench.scale --rows 20000
	$(BIN)/python -m bench.summarize
	$(BIN)/python -m bench.vlm
	$(BIN)/python -m bench.rouge
	$(BIN)/python -m bench.bertscore

clean: ## everything that make wrote, the environment included
	rm -rf $(VENV) *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache demo-output \
		cluster-demo-output figures-output
