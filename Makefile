# make help lists what there is. Everything is installed into .venv*/ and .cache/ of this folder, nowhere else.
SHELL := /bin/sh
.DEFAULT_GOAL := help
# Python keeps the bytecode that it compiles: uv leaves that to it.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help run up picture test prove unit integration runtime browser model mutation upgrade chaos bench scale lint lock audit release openapi environments clean FORCE

INSTALL := sh tests/local/environment.sh
LOCKED := tests/requirements
UV := .cache/uv/bin/uv
LOCK := $(UV) pip compile --quiet --generate-hashes --universal --python-version 3.13 --no-emit-index-url

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z ]+:.*## /{printf "make %-26s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: environments ## Send two messages through the real template on this machine; EVENT=events/x.json sends that one
	@PYTHONPATH=src:. exec .venv/bin/python -m tests.local.run $(EVENT)

up: environments ## Keep it running, with a page to send messages and see what becomes of them; PORT=5000 takes other ports
	@PYTHONPATH=src:. exec .venv/bin/python -m tests.local.up $(PORT:%=--port %) $(PACE:%=--pace %)

picture: environments ## Take the picture of the page that the README shows, tests/page/phone.png; it needs Chromium
	@PYTHONPATH=src:. exec .venv/bin/python -m tests.page.picture

test: environments ## Unit tests, integration tests, the real Lambda runtime, the page in a browser; stops at a failing group
	@sh tests/local/groups.sh unit integration+runtime+browser

prove: environments ## The proof: a model of the protocol, a mutation for each safeguard, chaos, an upgrade and its rollback
	@sh tests/local/groups.sh model mutation+chaos+upgrade

unit integration runtime browser model mutation upgrade: environments ## One of these groups of tests
	@sh tests/local/groups.sh $@

chaos: environments ## Send MESSAGES=1000 while processes die and AWS fails, count what is lost or twice; SEED=7 repeats a run
	@PYTHONPATH=src:. exec .venv/bin/python -m tests.chaos.run $(MESSAGES:%=--messages %) $(SEED:%=--seed %)

bench: environments ## Compare cost and speed with what one would write otherwise (minutes); JSON=file keeps the table
	@PYTHONPATH=src:. exec .venv/bin/python -m tests.benchmarks $(JSON:%=--json %) $(MESSAGES:%=--messages %)

scale: environments ## How long messages take, on paper: SCALE="--rate 300 --latency 0.5", --check beside the emulator
	@PYTHONPATH=src:. exec .venv/bin/python -m tests.benchmarks.scale $(SCALE)

lint: .venv ## Style, formatting and types
	@.venv/bin/ruff check src tests
	@.venv/bin/ruff format --check src tests
	@.venv/bin/mypy --strict src tests

openapi: .venv ## Write src/rcs_openapi/*.json, the descriptions of both APIs, the events and a payload, anew from the code
	@PYTHONPATH=src .venv/bin/python -m rcs_openapi.describe

lock: $(UV) ## Renew the hash-locked requirements from their .in files; UPGRADE=--upgrade takes newer versions
	cd src && ../$(LOCK) $(UPGRADE) requirements.in -o requirements.txt
	cd tests/requirements && for name in bench dev emulator sam uv; do \
	    ../../$(LOCK) $(UPGRADE) $$name.in -o $$name.txt || exit 1; done

release: environments ## Make dist/: zips that `sam deploy` takes without building, a list of their packages, checksums
	@rm -rf dist && PATH="$(CURDIR)/.venv/bin:$$PATH" exec .venv/bin/python src/bundle/release.py dist

audit: $(UV) ## Look the locked packages up among the known vulnerabilities; it needs the network
	@UV_CACHE_DIR=.cache/uv-files UV_TOOL_DIR=.cache/uv-tools exec $(UV) tool run pip-audit --disable-pip \
	    --require-hashes -r src/requirements.txt

environments:
	@$(INSTALL) .venv=$(LOCKED)/dev.txt .venv-emulator=$(LOCKED)/emulator.txt .venv-sam=$(LOCKED)/sam.txt

.venv: FORCE
	@$(INSTALL) .venv=$(LOCKED)/dev.txt

$(UV): .venv
	@PYTHONPATH=. .venv/bin/python -m tests.local.install

clean: ## Remove everything that was installed or built here
	rm -rf dist .venv .venv-emulator .venv-sam .cache .aws-sam .mypy_cache .pytest_cache .ruff_cache .hypothesis
