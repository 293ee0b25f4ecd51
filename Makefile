# Tanggap: every target first creates the environment if it is missing. No target needs root.

PYTHON ?= python3
VENV   := .venv
PY     := $(VENV)/bin/python
READY  := $(VENV)/.stamp
LOCK   := $(PY) -m piptools compile --quiet --generate-hashes --strip-extras --allow-unsafe \
          --no-emit-index-url --no-emit-find-links --no-emit-trusted-host

.DEFAULT_GOAL := help
.PHONY: help setup demo run test check bench silence soak soak-lives kafka replay lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## create the Python environment in .venv from the lock file

demo: $(READY) ## simulate ten weeks of eighty complaints in a minute, then serve the pages  [BUS=kafka] [EXIT=1]
	$(PY) -m deploy.demo $(if $(BUS),--bus $(BUS)) $(if $(EXIT),--exit)

run: $(READY) ## run the four services with an embedded database  [ARGS="intake sla"]
	$(PY) -m services $(ARGS)

test: $(READY) ## run all tests  [ARGS="tests/sla -k deadline"]
ifeq ($(ARGS),)
	$(PY) -m pytest --numprocesses 2 --dist worksteal -m "not alone"
	$(PY) -m pytest -m alone
else
	$(PY) -m pytest $(ARGS)
endif

check: $(READY) ## check format, lint, types and architecture; find registries, machine paths and secrets
	$(PY) -m deploy.check

bench: $(READY) ## run the benchmarks; each prints one JSON line  [ONLY=name]
	$(PY) -m tests.bench $(ONLY)

silence: $(READY) ## try to refute that no complaint falls silent: three kinds of faults, then single holes  [SEED=1]
	$(PY) -m tests.silence --faults calm rough outage --complaints 150 --days 100 --idle-days 100 $(if $(SEED),--seed $(SEED))

soak: $(READY) ## kill services and broker at random for five minutes, with 50,000 clocks that fall due  [SEED=1]
	$(PY) -m tests.chaos.soak $(if $(SEED),--seed $(SEED))

soak-lives: $(READY) ## draw 1,000,000 lives by the pure rules, then live 20,000 on PostgreSQL: hours  [SEED=1]
	$(PY) -m tests.sla.soak $(if $(SEED),--seed $(SEED))
	$(PY) -m tests.silence --faults rough --complaints 20000 --days 150 --probes no $(if $(SEED),--seed $(SEED))

kafka: $(READY) ## run a real Apache Kafka until interrupted  [PORT=19092]
	$(PY) -m deploy.kafka.broker $(if $(PORT),--port $(PORT))

replay: $(READY) ## replay a file of past complaints through all services  FILE=…
	@test -n "$$FILE" || { echo "Say which file: make replay FILE=complaints.csv"; exit 2; }
	$(PY) -m deploy.replay "$$FILE"

lock: $(READY) ## update both lock files within the bounds of pyproject.toml
	CUSTOM_COMPILE_COMMAND="make lock" PIP_FIND_LINKS= $(LOCK) --upgrade --all-extras --output-file requirements.lock pyproject.toml
	CUSTOM_COMPILE_COMMAND="make lock" PIP_FIND_LINKS= $(LOCK) --upgrade --constraint requirements.lock --output-file deploy/requirements.lock pyproject.toml

clean: ## remove .venv and caches, but not the data of `make run`
	rm -rf $(VENV) .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamp is written last, so an interrupted setup starts again.
$(READY): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	  || { echo "Tanggap needs Python 3.11 or newer as $(PYTHON). Have it under another name? make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "This Python cannot make virtual environments. On Debian and Ubuntu: sudo apt install python3-venv"; exit 1; }
	@echo "Setting up $(VENV): once, one to three minutes …"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@
