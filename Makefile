# Everything you can do with Atelier. Each target first installs what it needs; `make` lists them.
#   PYTHON=/path/to/python3.11   the Python to create .venv with (default: the first suitable one on the PATH)
#   GPU=1                        also install TensorFlow's CUDA libraries, for an NVIDIA GPU
#   FUZZ=20000                   how many broken pictures `make fuzz` opens
#   ARGS="--port 9000"           more arguments for `make run`, `make demo`, `make test`, `make quick` and `make bench`

SHELL := bash
PY := .venv/bin/python
PYTEST := $(PY) -m pytest --numprocesses auto
NOT_EVEN_IMPORTED := $(addprefix --ignore=tests/,browser wire stylizer/pool stylizer/test_painter.py \
	stylizer/test_optimizers.py stylizer/test_losses.py stylizer/test_layers.py stylizer/test_fastest.py \
	stylizer/test_blend.py stylizer/test_continue.py stylizer/test_strength.py \
	stylizer/test_masked_painting.py stylizer/test_strips.py)
LOCKS := requirements-dev.lock $(if $(GPU),requirements-gpu.lock)
INSTALLED := .venv/.installed$(if $(GPU),-gpu)
COMPILE := .venv/bin/uv pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade) pyproject.toml

# Tests start Python hundreds of times: let it keep what it has compiled, even where the environment says not to.
test quick: export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help install demo run test quick check fuzz bench lock clean

help: ## List all targets
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1	\2/p' Makefile | expand -t 16

# A .venv whose Python is gone, as after an upgrade of the system, is made again.
_ := $(shell [ ! -e .venv ] || $(PY) -c '' 2>/dev/null || rm -f .venv/.installed .venv/.installed-gpu)

install: $(INSTALLED) ## Install the pinned versions of everything into .venv, if they changed

$(INSTALLED): $(LOCKS) pyproject.toml scripts/install.sh
	@scripts/install.sh $(LOCKS)
	@touch $@

demo: install ## Try the bot in the browser: no Discord account, no token
	@$(PY) -m bot demo $(ARGS)

run: install ## Run the bot on Discord; needs ATELIER_DISCORD__TOKEN
	@$(PY) -m bot run $(ARGS)

test: install ## Run all tests; those with a browser or PostgreSQL only where it is available
	@without=; scripts/browser.sh || without="not browser"; \
	scripts/postgres.sh || without="$${without:+$$without and }not postgres"; \
	$(PYTEST) --durations 15 $${without:+-m "$$without"} $(ARGS)

quick: install ## Run the tests that need no socket, process, browser, database server or TensorFlow: in a minute
	@$(PY) -m pytest --numprocesses $$(getconf _NPROCESSORS_ONLN) $(NOT_EVEN_IMPORTED) \
		-m "not (browser or painter or postgres or process or socket or weights)" $(ARGS)

check: install ## Check the code: formatting, lint, types
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy

fuzz: install ## Open thousands of broken pictures, different ones each time
	@$(PY) -m tests.stylizer.fuzz $(FUZZ)

bench: install ## Measure how fast this machine paints
	@$(PY) -m benchmarks.speed $(ARGS)

lock: install ## Pin the dependencies in pyproject.toml, with hashes; UPGRADE=1 for the newest versions
	@$(PY) -m pip install --quiet --disable-pip-version-check "uv>=0.9,<1"
	@$(COMPILE) --extra test --group build --output-file requirements-dev.lock
	@$(COMPILE) requirements-cpu.in --override requirements-cpu.in --constraint requirements-dev.lock --extra postgres \
		--output-file requirements-cpu.lock
	@$(COMPILE) --constraint requirements-dev.lock --extra gpu --extra postgres --output-file requirements-gpu.lock

clean: ## Remove .venv and temporary files; never data/ or settings
	@rm -rf .venv build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache demo-output
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
