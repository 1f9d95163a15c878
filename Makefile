# Everything runs in a .venv that this file makes from hash-pinned requirements. Needs python3 (3.11 on) and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN := $(VENV)/.run
DEV := $(VENV)/.dev
NODE := tests/conformance/node_modules/.done
CLAUDE := tests/claude/node_modules/.done
KEEP ?=
ARGS ?=
JOBS ?= 2
PIP := $(BIN)/python -m pip --disable-pip-version-check -q install --require-hashes --no-deps

.PHONY: help demo test check serve bench bench-repair torture lint types slow conformance plugin clean
.DEFAULT_GOAL := help

help: ## list what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /|/' | awk -F'|' '{printf "  make %-13s %s\n", $$1, $$2}'

$(VENV)/pyvenv.cfg:
	@.ci/venv "$(PYTHON)" $(VENV)

$(RUN): $(VENV)/pyvenv.cfg .ci/requirements.txt pyproject.toml
	@echo "installing what mendloop runs on"
	@$(PIP) -r .ci/requirements.txt
	@$(BIN)/python -m pip --disable-pip-version-check -q install --no-deps --no-build-isolation -e .
	@touch $@

$(DEV): $(RUN) .ci/requirements-dev.txt
	@echo "installing what the tests need"
	@$(PIP) -r .ci/requirements-dev.txt
	@touch $@

$(NODE): tests/conformance/package-lock.json
	@.ci/node
	@touch $@

$(CLAUDE): tests/claude/package-lock.json
	@cd tests/claude && npm ci --ignore-scripts --silent --no-audit --no-fund
	@touch $@

demo: $(RUN) ## the whole loop on the embedded workspace; KEEP=dir leaves everything to look at
	@$(BIN)/mendloop demo $(if $(KEEP),--keep "$(KEEP)") $(ARGS)

serve: $(RUN) ## serve MCP over stdio; ARGS="--http 127.0.0.1:8765" for Streamable HTTP
	@$(BIN)/mendloop serve $(ARGS)

test: $(DEV) ## the tests that take seconds
	@PYTHONWARNDEFAULTENCODING=1 $(BIN)/python -m pytest -q -n $(JOBS) -m "not slow" $(ARGS)

slow: $(DEV) ## the journeys, the calibration and the wheel
	@PYTHONWARNDEFAULTENCODING=1 $(BIN)/python -m pytest -q -n $(JOBS) -m slow $(ARGS)

lint: $(DEV) ## format, lint, import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports --no-cache

types: $(DEV) $(NODE) ## mypy and pyright, both strict
	@$(BIN)/mypy & mypy=$$!; .ci/pyright; pyright=$$?; wait $$mypy && exit $$pyright

conformance: $(DEV) $(NODE) ## the official MCP suite, both eras
	@$(BIN)/python -m tests.conformance.run

plugin: $(DEV) $(CLAUDE) ## the plugin in a real Claude Code, with a scripted model; no key (not part of check: 380 MB)
	@MENDLOOP_CLAUDE="$$(ls -d "$(CURDIR)"/tests/claude/node_modules/@anthropic-ai/claude-code-*/claude)" \
		$(BIN)/python -m pytest -q tests/claude tests/shipped/test_plugin.py $(ARGS)

check: lint types test slow ## all that CI runs
	@$(MAKE) --no-print-directory -j2 conformance demo

bench: $(DEV) ## what it costs, beside yardsticks of the same run; ARGS="recorder" for one part
	@$(BIN)/python -m tests.bench $(ARGS)

torture: $(DEV) ## faults at every step of a deployment, power cuts, races; then 310 kills of all that records
	@MENDLOOP_TORTURE=1 $(BIN)/python -m pytest -q -n $(JOBS) -m slow tests/app/test_crashes.py
	@$(BIN)/python -m tests.torture
	@$(BIN)/python -m tests.recorder.kill 100
	@$(BIN)/python -m tests.kill $(ARGS)

bench-repair: $(DEV) ## mend planted faults and faulty tools, and count what is right
	@$(BIN)/python -m tests.bench.repair $(ARGS)

clean:
	rm -rf $(VENV) tests/conformance/node_modules tests/claude/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis
