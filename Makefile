# Every target works alone on a fresh machine with python3 >= 3.11, make and a package registry.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
SOURCES := node harvesters

.PHONY: help demo test bench lint types docs docs-reference lock clean
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "fairnode needs Python 3.11 or later; set PYTHON=python3.x")'
	$(PYTHON) -m venv $(VENV)

# Build tools come from the hashed lock too, so the editable install needs no second, unpinned look-up.
$(VENV)/.runtime: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

# Foreign servers that tests harvest, in an environment of their own: what they need does not go with what the node needs.
$(VENV)/.peers: requirements-peers.lock | $(VENV)/bin/python
	$(PYTHON) -m venv $(VENV)/peers
	$(VENV)/peers/bin/python -m pip --quiet --disable-pip-version-check install --require-hashes -r requirements-peers.lock
	@touch $@

# A real OpenID provider, by Node.js from a wheel and by the digests of its lock file; tests do without where it fails.
OIDC := $(VENV)/oidc
$(VENV)/.oidc: tests/servers/oidc/package-lock.json $(VENV)/.peers
	mkdir -p $(OIDC)
	cp tests/servers/oidc/package.json tests/servers/oidc/package-lock.json tests/servers/oidc/.npmrc $(OIDC)
	$(VENV)/peers/bin/npm ci --silent --prefix $(OIDC) && touch $@ || echo "oidc-provider could not be installed: its tests will say so" >&2

# A query engine that federates, by the same Node.js; its test does without where it fails.
COMUNICA := $(VENV)/comunica
$(VENV)/.comunica: tests/servers/comunica/package-lock.json $(VENV)/.peers
	mkdir -p $(COMUNICA)
	cp tests/servers/comunica/package.json tests/servers/comunica/package-lock.json tests/servers/comunica/.npmrc $(COMUNICA)
	$(VENV)/peers/bin/npm ci --silent --prefix $(COMUNICA) && touch $@ || echo "Comunica could not be installed: its test will say so" >&2

demo: $(VENV)/.runtime ## harvest a sample infrastructure, print what came of it, then serve (DEMO_ARGS=--once to stop there)
	$(BIN)/fairnode demo $(DEMO_ARGS)

test: lint types $(VENV)/.dev $(VENV)/.peers $(VENV)/.oidc $(VENV)/.comunica ## style, types, architecture and every test (PYTEST_ARGS narrows it)
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder -m "not alone" $(PYTEST_ARGS) || [ $$? -eq 5 ]
	$(BIN)/python -m pytest -m alone $(PYTEST_ARGS) || [ $$? -eq 5 ]  # 5: the arguments left none of this kind

lint: $(VENV)/.dev ## style and the import contracts
	$(BIN)/ruff check $(SOURCES) tests
	$(BIN)/ruff format --check $(SOURCES) tests
	$(BIN)/lint-imports --no-cache

types: $(VENV)/.dev ## mypy --strict on the shipped packages
	$(BIN)/mypy

bench: $(VENV)/.dev $(VENV)/.peers ## ratios against a bare loop, in one run
	$(BIN)/python -m tests.benchmarks $(BENCH_ARGS)

docs: docs-reference ## the documentation as a site, in site/
	$(BIN)/zensical build --clean

docs-reference: $(VENV)/.dev ## the reference pages that are made from the code
	$(BIN)/python -m tests.docs.reference

lock: ## pin every dependency by hash (wants uv and npm)
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --group build --extra postgresql --custom-compile-command "make lock" --quiet --output-file requirements.lock
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --group build --group dev --extra postgresql --custom-compile-command "make lock" --quiet --constraints requirements.lock --output-file requirements-dev.lock
	uv pip compile tests/servers/peers.in --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --quiet --output-file requirements-peers.lock
	cd tests/servers/oidc && npm install --package-lock-only
	cd tests/servers/comunica && npm install --package-lock-only

clean: ## remove what the targets made
	rm -rf $(VENV) site build dist .mypy_cache .ruff_cache .pytest_cache
