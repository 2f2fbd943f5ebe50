# `make run` shows the main job on a demo ledger of its own, and ends in serving it over HTTP; `make test` passes the tests.
# Both make the environment first.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
DEMO := LIFECYCLE_DATABASE=sqlite:///.demo/ledger.db LIFECYCLE_ACTOR=demo $(BIN)/lifecycle

.PHONY: run test coverage check audit clean

run: $(VENV)/.run
	@rm -rf .demo && mkdir .demo
	$(DEMO) policy --adopt azure-serverless-v1
	$(DEMO) import api/sample/first-table.md --catalog azure --source azure-serverless-retirements --seen-on 2024-11-22
	$(DEMO) import --sample
	@echo
	$(DEMO) stage azure/mistral-large
	@echo
	$(DEMO) stage azure/mistral-large --valid-at 2025-01-20
	@echo
	@echo "Next, try:"
	@echo "  export PATH=\"\$$PWD/$(BIN):\$$PATH\" LIFECYCLE_DATABASE=sqlite:///.demo/ledger.db"
	@echo "  lifecycle explain azure/mistral-large --valid-at 2025-01-20"
	@echo "  lifecycle diff --known-at 2024-11-01 --known-at 2024-12-15"
	@echo "  lifecycle upcoming --valid-at 2025-01-20"
	@echo
	@echo "The same ledger over HTTP, at http://127.0.0.1:$(PORT) until Ctrl+C (another port: make run PORT=8080):"
	@echo "  curl 'http://127.0.0.1:$(PORT)/v1/models/azure/mistral-large/stage?valid_at=2025-01-20'"
	@echo "  curl 'http://127.0.0.1:$(PORT)/v1/upcoming?valid_at=2025-01-20'"
	@echo "  curl -N 'http://127.0.0.1:$(PORT)/v1/events/stream?after=0'"
	@echo
	$(DEMO) serve --port $(PORT)

test: $(VENV)/.test
	$(BIN)/python -m pytest -n auto --dist worksteal --durations=5

coverage: $(VENV)/.test
	$(BIN)/python -m pytest -q --cov --cov-report=term # twice as slow

audit: $(VENV)/.test
	@$(BIN)/pip-audit --format json --progress-spinner off 2>/dev/null | $(BIN)/python tests/audited.py

check: $(VENV)/.test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hadolint .deploy/Dockerfile

clean:
	rm -rf $(VENV) .demo dist .pytest_cache .mypy_cache .ruff_cache .coverage .hypothesis

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.test: $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@# The pages are tested in a real browser.
	@[ -n "$$(which chromium chromium-browser google-chrome 2>/dev/null)" ] || \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null; }
	@# The store is tested behind a real pooler; without one these tests are skipped.
	@[ -x /usr/sbin/pgbouncer ] || [ "$$(id -u)" != 0 ] || ! which apt-get >/dev/null || \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends pgbouncer >/dev/null; }
	@touch $@ $(VENV)/.run
