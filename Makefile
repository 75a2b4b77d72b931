# Everything a newcomer types. Needs Python >= 3.11 and make; nothing else.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help install install-dev run demo test lint format lock soak fuzz bench docs clean

help: ## show what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/.installed: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "support-gateway needs Python 3.11 or newer: install it, or say make PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	@rm -f $(VENV)/.installed-dev
	@touch $@

# The project itself is used from the checkout; a .pth file keeps the installer from fetching build tools.
$(BIN)/gateway: $(VENV)/.installed
	@$(BIN)/python -c "import pathlib, sysconfig; pathlib.Path(sysconfig.get_path('purelib'), 'support_gateway.pth').write_text('$(CURDIR)\n')"
	@printf '#!%s\nimport sys\nfrom gateway.cli.main import main\nsys.exit(main())\n' '$(CURDIR)/$(BIN)/python' > $@
	@chmod +x $@

install: $(BIN)/gateway ## install into .venv from requirements.lock, nothing else

$(VENV)/.installed-dev: requirements-dev.lock $(BIN)/gateway
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

install-dev: $(VENV)/.installed-dev ## what tests and lint need

run: install ## install, then run everything on SQLite in ./var
	$(BIN)/gateway serve -c config/gateway.yaml --first-run

demo: install ## mail a realistic day of support mail into the running gateway
	$(BIN)/gateway demo

test: install-dev ## all tests
	$(BIN)/python -m pytest -n 3 --dist loadgroup --no-loadscope-reorder $(ARGS)

lint: install-dev ## ruff, mypy --strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: install-dev ## let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: ## pin every dependency again (needs uv)
	uv pip compile --universal --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --extra postgresql --python-version 3.11 pyproject.toml -o requirements.lock
	uv pip compile --universal --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --extra postgresql --python-version 3.11 --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock

soak: install-dev ## long runs: kill storms under load
	$(BIN)/python -m tests.soak $(ARGS)

$(VENV)/.installed-fuzz: requirements-fuzz.lock $(VENV)/.installed-dev
	$(BIN)/python -m pip install --quiet --require-hashes --only-binary :all: -r requirements-fuzz.lock
	@touch $@

fuzz: install-dev $(VENV)/.installed-fuzz ## look for octets that break the parsers (ARGS="--seconds 600 read")
	$(BIN)/python -m tests.fuzz $(ARGS)
	$(BIN)/python -m tests.fuzz.door --steps 200000

bench: install-dev ## speed and memory, as ratios in one run
	$(BIN)/python -m bench $(ARGS)

clean: ## remove what was made, not the data
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache
