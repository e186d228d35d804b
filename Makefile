# Commands for users and developers: `make help` lists them. They set up .venv on first use.
# Recipes use relative paths only, so that the checkout may lie in a folder of any name.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
unexport PYTHONHOME PYTHONPATH

PYTHON ?= python3
PY := .venv/bin/python
# Nox skips sessions whose Python is missing. A selected version or test must run or fail.
STRICT := $(if $(filter-out all,$(CORES) $(CORE) $(TEST)),--error-on-missing-interpreters)
NOX := $(PY) -m nox --no-error-on-external-run $(STRICT)
OWN_CORE = $(shell $(PY) -c 'import ansible.release; print(".".join(ansible.release.__version__.split(".")[:2]))')
ALL_CORES := 2.19 2.20 2.21 2.22
# The cores to test on: the one in .venv, or CORE=2.21, or CORES=all.
SELECTED = $(if $(filter all,$(CORES)),$(ALL_CORES),$(or $(CORES),$(CORE),$(OWN_CORE)))
on_cores = $(foreach core,$(SELECTED),'$(1)($(core))')
QUICK = $(if $(filter all,$(CORES)),,-- quick)
ARGUMENTS = $(if $(TEST),-- '$(TEST)')

# A virtual environment does not survive a move of its folder or the removal of its Python: then start it afresh.
ifneq ($(shell test ! -e .venv/.run || { [ "$$(cat .venv/.run)" = "$$(pwd -P)" ] && $(PY) -c ''; } 2>&1 || echo stale),)
.PHONY: .venv/.run
endif

.venv/.run: requirements/run.txt meta/ee-requirements.txt
	@command -v "$(PYTHON)" >/dev/null || { echo '$(PYTHON): not found. This needs Python 3.11 or newer, see README.md.' >&2; exit 1; }
	@if [ -e $@ ] && [ "$$(cat $@)" = "$$(pwd -P)" ] && $(PY) -c ''; then python=$(PY); else python="$(PYTHON)"; fi; \
	  "$$python" tests/tools/environment.py .venv requirements/run.txt
	@pwd -P > $@

.venv/.dev: .venv/.run requirements/dev.txt requirements/test.txt
	@$(PY) tests/tools/environment.py .venv requirements/dev.txt
	@touch $@

##@ Use

.PHONY: help
help: ## List these commands
	@awk 'BEGIN { FS = ":.*## " } /^##@/ { printf "\n%s\n", substr($$0, 5) } /^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo 'PYTHON=python3.13 chooses the Python for .venv (default: python3; 3.11 or newer).'

.PHONY: demo
demo: .venv/.run ## Facts, inventory and compliance report, end to end; ONAPP_URL makes it run on a real control panel
	@PATH="$$PWD/.venv/bin:$$PATH" $(PY) -m ansible_collections.community.onapp.tests.demo

.PHONY: simulator
simulator: .venv/.run ## A simulated control panel to try things on, until Ctrl-C; PORT=8081 chooses another port
	@$(PY) -m ansible_collections.community.onapp.tests.demo.panel $(if $(PORT),--port '$(PORT)')

##@ Test

.PHONY: test
test: .venv/.dev ## Checks and quick tests on one ansible-core; CORES=all: everything on all; CORE=2.21 TEST=tests/...: one test
ifdef TEST
	@$(NOX) -s $(call on_cores,integration) $(ARGUMENTS)
else
	@rm -rf build/test-results; mkdir -p build/test-results
	@echo 'Linters and other checks run in the background, see build/checks.log.'
	@$(MAKE) -s checks >build/checks.log 2>&1 & checks=$$!; trap "kill $$checks; exit 130" INT TERM; \
	  status=0; $(MAKE) -s tests || status=1; wait $$checks || status=1; \
	  cat build/checks.log; grep 'Session .* failed' build/checks.log; $(NOX) -s summary; exit $$status
endif

# The two halves of `make test`. The newest ansible-test finds what older ones find, but for what ansible-core itself
# does with the code and its documentation.
.PHONY: checks tests
checks: .venv/.dev
	@status=0; $(NOX) -s lint docs || status=1; \
	  if [ -z '$(QUICK)' ]; then \
	    $(NOX) -s packaging || status=1; \
	    $(NOX) -s 'sanity($(lastword $(ALL_CORES)))' || status=1; \
	    $(NOX) -s 'sanity($(firstword $(ALL_CORES)))' -- --test ansible-doc --test import --test validate-modules || status=1; \
	    $(NOX) -s 'ansible_test($(OWN_CORE))' -- integration || status=1; \
	  fi; exit $$status
tests: .venv/.dev
	@$(NOX) -s units $(call on_cores,integration) $(QUICK)

.PHONY: lint docs
lint: .venv/.dev ## Format, ruff, mypy, ansible-lint, changelog
docs: .venv/.dev ## The documentation, checked, as a site in build/docs/
lint docs:
	@$(NOX) -s $@

.PHONY: units
units: .venv/.dev ## Unit tests but the slow ones; TEST=tests/unit/FILE.py::NAME selects
	@$(NOX) -s units -- $(if $(TEST),'$(TEST)',quick)

.PHONY: integration
integration: .venv/.dev ## Playbooks and inventories against the simulator; CORE=2.20 and TEST=... select
	@$(NOX) -s $(call on_cores,integration) $(ARGUMENTS)

.PHONY: sanity
sanity: .venv/.dev ## ansible-test sanity; CORE=2.20 selects
	@$(NOX) -s $(call on_cores,sanity)

.PHONY: packaging
packaging: .venv/.dev ## The built archive, as others use it; TEST=tests/packaging/... selects
	@$(NOX) -s packaging $(ARGUMENTS)

##@ Develop

.PHONY: format
format: .venv/.dev ## Format the code and fix what ruff can fix
	@$(PY) -m ruff check --fix-only --quiet .
	@$(PY) -m ruff format .

.PHONY: benchmark
benchmark: .venv/.dev ## Measure inventory, facts and compliance on large simulated clouds; BENCHMARK=--quick selects
	@$(NOX) -s benchmarks -- $(BENCHMARK)

.PHONY: fuzz
fuzz: .venv/.dev ## Property tests with more than 100,000 new inputs; TEST=tests/unit/... selects
	@$(PY) -m pytest -n 2 --dist worksteal -m hypothesis --hypothesis-profile=thorough --timeout=0 $(or $(TEST),tests/unit)

.PHONY: hooks
hooks: .venv/.dev ## Let Git check what you commit, with the tools of .venv; .pre-commit-config.yaml has the list
	@$(PY) -m pre_commit install

.PHONY: pictures
pictures: .venv/.dev ## Take the pictures in docs/pictures/ again, with Chromium
	@$(PY) tests/tools/pictures.py

.PHONY: build
build: .venv/.run ## Build the archive for ansible-galaxy into build/
	@.venv/bin/ansible-galaxy collection build --force --output-path build

.PHONY: clean
clean: ## Remove .venv and everything that was generated
	rm -rf .venv .ansible build tests/output .coverage* htmlcov .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find . -name .git -prune -o -type d -name __pycache__ -prune -exec rm -rf {} +
