# FCN Lab. `make help` tells what there is.
VENV ?= .venv
PYTHON ?=
PORT ?= 8501
ARGS ?=
export VENV PYTHON

.DEFAULT_GOAL := help
.PHONY: help app env test check format bench screenshots clean system

help: ## tell what there is
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{printf "%-20s %s\n", $$1, $$2}'
	@echo "VENV= sets the environment's folder (.venv), PYTHON= the interpreter, PORT= the lab's port (8501),"
	@echo "ARGS= what goes to pytest, CHROMIUM= the browser of the tests."

app: $(VENV)/.stamp-app ## start the lab on http://127.0.0.1:8501
	@echo "FCN Lab: http://127.0.0.1:$(PORT) (stop it with Ctrl-C)"
	@exec $(VENV)/bin/python -m streamlit run app.py --server.port $(PORT)

env: system $(VENV)/.stamp-dev ## make the environment with all that the tests need

test: env ## run the tests (ARGS="-m ''" for the long ones, too)
	@scripts/test $(ARGS)

check: env ## format, lint, types, import rules, tests
	@scripts/check

format: env ## put the code into shape
	@$(VENV)/bin/python -m ruff check --fix .
	@$(VENV)/bin/python -m ruff format .

bench: $(VENV)/.stamp-bench ## measure the lab against its peers, side by side
	@$(VENV)/bin/python -m benchmarks

screenshots: env ## take pictures of every page of the running lab
	@$(VENV)/bin/python scripts/screenshots.py

clean: ## remove caches; the environment and the runs stay
	rm -rf build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find app.py pages fcnlab tests benchmarks scripts -name __pycache__ -prune -exec rm -rf {} +

# The stamps tell make when requirements changed; the system's programs are looked for every time.
$(VENV)/.stamp-app: requirements.txt
	@scripts/system app
	@scripts/setup $<
	@touch $@

$(VENV)/.stamp-dev: requirements-dev.txt requirements.txt | system
	@scripts/setup $<
	@touch $@ $(VENV)/.stamp-app

$(VENV)/.stamp-bench: requirements-bench.txt requirements-dev.txt requirements.txt | system
	@scripts/setup $<
	@touch $@ $(VENV)/.stamp-dev $(VENV)/.stamp-app

system:
	@scripts/system dev
