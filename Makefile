# colnode. `make run` shows a city, `make test` runs every test; both prepare what they need.
# Needs Python 3.11 or later with venv, git and make. PYTHON=... chooses another interpreter.

SHELL := /bin/sh
# Every command starts faster when the modules stay compiled.
unexport PYTHONDONTWRITEBYTECODE
VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
PACKAGED := setup.cfg pyproject.toml constraints.txt
PORT ?= 8000
PYTEST_WORKERS ?= 2
SHOWN := [home] or [map] or [badge] or [my-badges] or [my-badge] or [verify] or organiser or admin or [network]

.DEFAULT_GOAL := help
.PHONY: help screenshots translations run run-two test test-all test-interop coverage lint bench constraints chromium clean

help:
	@echo "make run       a demonstration city at http://localhost:$(PORT)"
	@echo "make run-two   two demonstration cities that can read each other"
	@echo "make test      every test, on SQLite and PostgreSQL, pages in Chromium"
	@echo "make test-all  and the long drills"
	@echo "make test-interop  badges against verifiers by others (needs Node and npm)"
	@echo "make coverage  the trust kernel's tests, which reach every branch of it"
	@echo "make lint      ruff and mypy"
	@echo "make bench     this version side by side with others"

run: $(VENV)/.installed
	@$(BIN)/colnode run --demo --port $(PORT)

run-two: $(VENV)/.installed
	@$(BIN)/colnode run --demo all --port $(PORT)

test: $(VENV)/.installed-test chromium
	$(BIN)/python -m pytest -m "not slow" -n $(PYTEST_WORKERS) --dist loadfile $(TESTS)

test-all: $(VENV)/.installed-test chromium
	$(BIN)/python -m pytest -n $(PYTEST_WORKERS) --dist loadfile $(TESTS)

# The packages of others are kept in tests/interop/node_modules, which nobody commits.
test-interop: $(VENV)/.installed-test
	@command -v npm >/dev/null || { echo "Node and npm are missing. On Debian: apt-get install npm"; exit 1; }
	cd tests/interop && npm install --no-package-lock --no-audit --no-fund --ignore-scripts
	$(BIN)/python -m pytest -q tests/interop

coverage: $(VENV)/.installed-test
	$(BIN)/python -m coverage run --branch --source colnode/openbadges -m pytest -q tests/openbadges
	$(BIN)/python -m coverage report --show-missing --skip-covered --fail-under 100

lint: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.installed-test
	@$(BIN)/colnode bench start
	@$(BIN)/colnode bench sign
	@$(BIN)/colnode bench sync

# The pictures of the README, taken by the browser tests.
screenshots: $(VENV)/.installed-test chromium
	$(BIN)/python -m pytest -q tests/browser/test_every_page.py --screenshots docs/screenshots \
		-k "$(SHOWN)"

# Bring every messages.po up to date with the texts in the code; new ones wait for a translation.
translations: $(VENV)/.installed-test
	@for folder in colnode/web/translations plugins/*/translations; do \
		case $$folder in colnode/*) source=colnode;; *) source=$$(dirname $$folder);; esac; \
		$(BIN)/pybabel extract -F colnode/web/translations/babel.cfg -k _ -k lazy_gettext -k NavItem:1 -k Permission:2 \
			--no-location --sort-output --omit-header -o $(VENV)/texts.pot $$source; \
		for each in $$folder/*/messages.po; do \
			$(BIN)/pybabel update -i $(VENV)/texts.pot -o $$each -l $$(basename $$(dirname $$each)) \
				--no-fuzzy-matching --ignore-obsolete --no-wrap && \
			sed -i -E '1{/^$$/d};/^"(Project-Id|Report-Msgid|POT-Creation|PO-Revision|Last-Translator|Language-Team|Generated-By)/d' $$each; \
		done; \
	done

# The exact versions of what is installed now, to be committed after the tests passed with them.
constraints: $(VENV)/.installed-test
	$(BIN)/python -m pip freeze --exclude-editable > constraints.txt

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/.installed: $(PACKAGED) | $(VENV)/bin/python
	@echo "Installing colnode and its libraries into $(VENV) ..."
	@$(PIP_INSTALL) -e '.[postgres]'
	@touch $@

$(VENV)/.installed-test: $(PACKAGED) | $(VENV)/bin/python
	@echo "Installing colnode, its libraries and its tests' into $(VENV) ..."
	@$(PIP_INSTALL) -e '.[test]'
	@touch $@ $(VENV)/.installed

$(VENV)/bin/python:
	@python=; \
	for each in $(PYTHON) python3.13 python3.12 python3.11 python3; do \
		if command -v $$each >/dev/null && \
			$$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
		then python=$$each; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
		echo "colnode needs Python 3.11 or later. On Debian: apt-get install python3 python3-venv"; \
		exit 1; \
	fi; \
	if ! $$python -c 'import ensurepip, venv' 2>/dev/null; then \
		echo "Python's venv is missing. On Debian: apt-get install python3-venv"; \
		exit 1; \
	fi; \
	echo "Making $(VENV) with $$($$python --version)"; \
	$$python -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

# The browser tests use a Chromium of the system; it is installed where that is allowed.
chromium:
	@for each in $$CHROMIUM chromium chromium-browser google-chrome; do \
		if command -v $$each >/dev/null; then exit 0; fi; \
	done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Chromium for the browser tests ..."; \
		export DEBIAN_FRONTEND=noninteractive; \
		apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium >/dev/null; \
	else \
		echo "The browser tests need Chromium. Type: sudo apt-get install chromium"; \
		exit 1; \
	fi
