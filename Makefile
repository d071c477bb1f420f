# The one door for every chore: a person and CI call the same targets. `make help` lists them.
#
# Settings, all optional, as in `make run WORKERS=2 PORT=9000`:
#   PORT       the address of the web UI is http://localhost:PORT (8080)
#   BASE_PORT  every other port counts from here (7000)
#   WORKERS    copies of each service's serve and work process (1)
#   DATA       the folder of all state (var)
#   BACKUP     the folder to back up into; make run follows the house into it (make backup: backup)

.DEFAULT_GOAL := help
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --no-print-directory
# else each of a house's processes compiles all of it again, at every start
unexport PYTHONDONTWRITEBYTECODE
export PORT BASE_PORT WORKERS DATA SEED MINUTES ONLY BACKUP KEEP FROM TO OVER

PYTHON := .venv/bin/python
SETUP  := python3 deploy/local/setup.py

.PHONY: help setup run test faults fuzz attack lint bench verify backup backups restore payment-file proto rows lock compose-smoke

help: ## list what can be done
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' Makefile

setup: ## make ready what the other targets need (they do it by themselves)
	@$(SETUP) --all

run: ## start everything on this machine, with demo data; Ctrl-C stops it
	@$(SETUP) --run
	@exec $(PYTHON) -m deploy.local.run

test: ## unit, component, policy and browser tests
	@$(SETUP) --all
	@$(PYTHON) -m pytest

faults: ## random faults on a house at work, then the mutations: SEED=7 MINUTES=30, ONLY=storms or mutations
	@$(SETUP) --all
	@$(PYTHON) -m tests.resilience

fuzz: ## odd input for every RPC, page, form and file: SEED=7 COUNT=100000
	@$(SETUP) --all
	@FUZZ_SEED=$(SEED) FUZZ_INPUTS=$(or $(COUNT),100000) $(PYTHON) -m pytest tests/component/fuzz

attack: ## wapiti and sqlmap against the running house, as a clerk: ONLY=wapiti MINUTES=5
	@$(SETUP)
	@$(PYTHON) -m tests.attack

lint: ## format, lint, types, import contracts, protos, templates
	@$(SETUP)
	@$(PYTHON) -m deploy.local.lint

bench: ## measure ours beside its floor and print the ratios: ONLY=search, SCALE=0.1 for a quick look, JSON=a file
	@$(SETUP) --run
	@$(PYTHON) -m benchmarks

verify: ## recompute the books, events, archive and receipt chains of the running house
	@$(SETUP)
	@$(PYTHON) -m deploy.local.verify

backup: ## databases and bucket of the running house to one moment: BACKUP=a folder, KEEP=7 base backups
	@$(SETUP)
	@$(PYTHON) -m deploy.backup take

backups: ## verify what was backed up, and say to which times one can restore: FROM=a folder
	@$(SETUP)
	@$(PYTHON) -m deploy.backup show

restore: ## the house as it was: FROM=a folder, TO="2026-11-24 10:00:00" (else as far as it goes), OVER=yes
	@$(SETUP)
	@$(PYTHON) -m deploy.backup restore

payment-file: ## make a file of payments from open invoices, to send in: CLIENT=1042 FORMAT=camt054|bgmax COUNT=20
	@$(SETUP)
	@$(PYTHON) -m deploy.local.payment_file --client $(or $(CLIENT),1042) --format $(or $(FORMAT),camt054) --count $(or $(COUNT),20)

proto: ## generate Python from proto/ into build/gen, and docs/events.md
	@$(SETUP)
	@$(PYTHON) -m deploy.local.event_catalogue

rows: ## docs/rows.md: which tests show which row of the manual
	@$(SETUP)
	@$(PYTHON) -m deploy.local.rows

lock: ## pin requirements/*.txt from pyproject.toml
	@$(SETUP)
	@$(PYTHON) -m deploy.local.lock

compose-smoke: ## the house from images, with stand-ins where no registry is reached (root, Debian's docker.io)
	@$(SETUP)
	@$(PYTHON) -m deploy.compose.smoke
