# Till from a clone to a running shop: `make demo`. Every target sets up what it needs.
.DEFAULT_GOAL := help
.PHONY: help setup up down reset demo redrive openapi data lock generated check audit test prove mutants bench deploy
SHELL := /bin/bash

PYTHON ?= python3.13
PY := .venv/bin/python
SAM := .till/sam/bin/sam
export PYTHONPATH := layers/till:functions
# The SAM CLI builds with the python3.13 and pip it finds first, and wants a region to validate.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export AWS_DEFAULT_REGION ?= us-east-1
export SAM_CLI_TELEMETRY := 0
CONFIG ?= staging

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/.stamp .till/sam/.stamp .till/emulator/.stamp ## install all tools into .venv and .till (a few seconds; again: nothing)

.venv/.stamp: requirements/uv.txt requirements/dev.txt cli/pyproject.toml
	$(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	.venv/bin/uv pip install --quiet --python $(PY) --require-hashes -r requirements/dev.txt
	.venv/bin/uv pip install --quiet --python $(PY) --no-deps --no-build-isolation --editable cli
	@touch $@

.till/%/.stamp: requirements/%.txt .venv/.stamp
	.venv/bin/uv venv --quiet --clear --python $(PY) .till/$*
	.venv/bin/uv pip install --quiet --python .till/$*/bin/python --require-hashes -r $<
	@touch $@

up: setup openapi ## start the embedded AWS, deploy to it, load the demo shop (again: redeploy)
	@$(PY) -m scripts.up

down: setup ## stop the embedded AWS; its data is kept
	@$(PY) -m scripts.embedded_aws stop

reset: setup ## stop the embedded AWS and empty its data
	@$(PY) -m scripts.embedded_aws reset

demo: up ## take a real cart through a whole checkout, on this machine
	@$(PY) -m scripts.demo

redrive: setup ## begin the failed charges and pushes of a shop again (docs/payments.md)
	@$(PY) -m scripts.redrive

openapi: setup ## write openapi/api.yaml, docs/openapi and docs/events from the routes and events of the code
	@$(PY) -m scripts.openapi
	@$(PY) -m scripts.dialect_openapi
	@$(PY) -m scripts.event_schemas

data: setup ## write the layer's data from the pinned packages: addresses, formats of money, the SDK's
	@$(PY) -m scripts.addresses
	@$(PY) -m scripts.money_formats
	@$(PY) -m scripts.sdk_data

LOCK := .venv/bin/uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url --python-version 3.13 --universal --no-header
# The SDK runs without the HTTP client that it would choose; Lambda has urllib3, the other layer typing_extensions.
LEFT_OUT := $(addprefix --no-emit-package ,requests certifi charset-normalizer idna urllib3 typing-extensions)
lock: .venv/.stamp ## raise the pinned packages to their newest releases
	$(LOCK) requirements/uv.in -o requirements/uv.txt
	$(LOCK) requirements/dev.in -o requirements/dev.txt
	$(LOCK) requirements/layer.in -c requirements/dev.txt -o layers/packages/requirements.txt
	$(LOCK) requirements/stripe.in -c requirements/dev.txt $(LEFT_OUT) -o layers/stripe/requirements.txt
	$(LOCK) requirements/sam.in -o requirements/sam.txt
	$(LOCK) requirements/lambda.in -c requirements/dev.txt -o requirements/lambda.txt
	$(LOCK) requirements/emulator.in -o requirements/emulator.txt
	$(LOCK) requirements/aws.in -o requirements/aws.txt
	$(LOCK) requirements/checkov.in -o requirements/checkov.txt
	$(LOCK) requirements/audit.in -o requirements/audit.txt
	$(LOCK) requirements/mutants.in -c requirements/dev.txt -o requirements/mutants.txt

# Before anything writes them anew.
generated: setup
	$(PY) -m scripts.openapi --check
	$(PY) -m scripts.dialect_openapi --check
	$(PY) -m scripts.event_schemas --check

check: generated .till/checkov/.stamp ## lint, types, imports, templates
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy layers/till/till functions cli/till_cli scripts benchmarks tests
	.venv/bin/lint-imports --no-cache
	.venv/bin/openapi-spec-validator docs/openapi/*.yaml
	.venv/bin/cfn-lint waf.yaml
	$(SAM) validate --lint
	.till/checkov/bin/checkov --config-file .checkov.yaml

# It asks PyPI about each package; without --strict it would pass those that it cannot look up.
audit: .till/audit/.stamp ## look every pinned package up among the known vulnerabilities
	@for file in requirements/*.txt layers/*/requirements.txt; do echo "$$file"; \
		.till/audit/bin/pip-audit --strict --disable-pip --require-hashes -r "$$file" || failed=1; \
	done; [ -z "$$failed" ]

test: generated ## check, then every test
	@$(MAKE) --no-print-directory -j2 check up
	@$(MAKE) --no-print-directory -j2 in-process deployed

# Tests of the deployed stack wait more than they work: the others take what they leave of the processors, and are
# printed when they have ended. Whole files go to each worker, those with the slow tests first.
.PHONY: in-process deployed
in-process:
	@nice $(PY) -m pytest -n auto --dist loadfile --no-loadscope-reorder tests/stress tests/template tests/integration \
		tests/contract tests/unit >.till/in-process.log 2>&1; status=$$?; cat .till/in-process.log; exit $$status

deployed:
	$(PY) -m pytest -rs tests/clients tests/e2e tests/sam_local

prove: up ## try every guarantee under threads and faults, at length (docs/guarantees.md)
	@$(PY) -m scripts.prove

mutants: .till/mutants/.stamp ## break the code that counts money, and see whether a test notices (docs/mutants.md)
	@nice -n 15 $(PY) -m scripts.mutants $(ONLY)

bench: up ## what an import, a request and a checkout cost
	@$(PY) -m benchmarks

deploy: setup openapi ## deploy to your AWS account: make deploy CONFIG=staging (or prod)
	$(SAM) build --config-env $(CONFIG)
	$(PY) -m scripts.compile
	$(SAM) deploy --config-env $(CONFIG)
