# The verbs: run, test, check, bench, docs. Each prepares what it needs first; see scripts/setup.sh.
.DEFAULT_GOAL := help
PY := .venv/bin/python
# Branch coverage is 100 % here, and 90 % elsewhere.
WHOLE := src/prodworthy/policy/*,src/prodworthy/record/ledger/*,src/prodworthy/assurance/audit/*

.PHONY: help setup run test check bench docs requirements format verifier

help:
	@echo "make run           two real models behind Prodworthy, and what to try with them"
	@echo "make test          every test, with branch coverage"
	@echo "make check         style, types, imports, the house rules, generated documents"
	@echo "make bench         side-by-side benchmarks"
	@echo "make docs          write the generated reference anew"
	@echo "make verifier      dist/prodworthy-verify.pyz: verifies audit packs, alone"
	@echo "make setup         prepare for run, check and test without running them"
	@echo "make requirements  resolve the pinned packages anew (UPGRADE=1 takes newer ones)"

setup:
	@sh scripts/setup.sh postgres chromium mlserver

run:
	@sh scripts/setup.sh
	@$(PY) -m examples.run

# Modules are compiled once, whatever the environment says: the tests start some hundred processes of ours.
test check: export PYTHONDONTWRITEBYTECODE :=
test check: export PYTHONPYCACHEPREFIX := $(CURDIR)/.venv/bytecode

# A worker on each core, up to four; what is marked `alone` comes last, one by one (tests/conftest.py).
# The closing line is pytest's: the coverage floors speak only where they are not met.
test:
	@sh scripts/setup.sh postgres chromium mlserver
	@rm -f .coverage .coverage.*
	@$(PY) -m pytest -n logical --maxprocesses 4 --cov --cov-report=term
	@$(PY) -m coverage report --include='$(WHOLE)' --fail-under=100 >.coverage-report || { cat .coverage-report; exit 1; }
	@$(PY) -m coverage report --omit='$(WHOLE)' --fail-under=90 >.coverage-report || { cat .coverage-report; exit 1; }

check:
	@sh scripts/setup.sh
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy $(wildcard src scripts tests bench training examples)
	.venv/bin/lint-imports
	$(PY) scripts/docs.py --check
	$(PY) -m pytest -q tests/house

format:
	@sh scripts/setup.sh
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

bench:
	@sh scripts/setup.sh nginx bench
	@$(PY) -m bench

docs:
	@sh scripts/setup.sh
	$(PY) scripts/docs.py

verifier:
	@sh scripts/setup.sh
	@$(PY) scripts/verifier.py

requirements:
	@sh scripts/setup.sh
	@sh scripts/requirements.sh $(if $(UPGRADE),--upgrade)
