# Everything that is done with Atelier, each target installing first what it needs. `make` alone lists them.
#   PYTHON=/path/to/python3.11   the Python that .venv is made from (default: the first fitting one of the PATH)
#   GPU=1                        install TensorFlow's CUDA libraries as well, for an NVIDIA GPU
#   FUZZ=20000                   how many broken pictures `make fuzz` opens
#   ARGS="--port 9000"           more words for `make run`, `make demo`, `make test` and `make bench`

SHELL := bash
PY := .venv/bin/python
LOCKS := requirements-dev.lock $(if $(GPU),requirements-gpu.lock)
INSTALLED := .venv/.installed$(if $(GPU),-gpu)
COMPILE := .venv/bin/uv pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade) pyproject.toml

.DEFAULT_GOAL := help
.PHONY: help install demo run test check fuzz bench lock clean

help: ## List what can be made
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1	\2/p' Makefile | expand -t 16

install: $(INSTALLED) ## Install everything that is pinned into .venv; again only when the pins changed

$(INSTALLED): $(LOCKS) pyproject.toml scripts/install.sh
	@scripts/install.sh $(LOCKS)
	@touch $@

demo: install ## Try the bot in the browser: no Discord account, no token
	@$(PY) -m bot demo $(ARGS)

run: install ## Run the bot on Discord; needs ATELIER_DISCORD__TOKEN
	@$(PY) -m bot run $(ARGS)

test: install ## Run every test; those in a browser and on PostgreSQL where there is one
	@without=; scripts/browser.sh || without="not browser"; \
	scripts/postgres.sh || without="$${without:+$$without and }not postgres"; \
	$(PY) -m pytest --numprocesses auto --dist worksteal $${without:+-m "$$without"} $(ARGS)

check: install ## Look at the code: formatting, lint, types
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy

fuzz: install ## Open thousands of broken pictures, new ones each time
	@$(PY) -m tests.stylizer.fuzz $(FUZZ)

bench: install ## Measure how fast this machine paints
	@$(PY) -m benchmarks.speed $(ARGS)

lock: install ## Pin what pyproject.toml asks for, with hashes; UPGRADE=1 takes the newest versions
	@$(PY) -m pip install --quiet --disable-pip-version-check "uv>=0.9,<1"
	@$(COMPILE) --extra test --group build --output-file requirements-dev.lock
	@$(COMPILE) requirements-cpu.in --override requirements-cpu.in --constraint requirements-dev.lock --extra postgres \
		--output-file requirements-cpu.lock
	@$(COMPILE) --constraint requirements-dev.lock --extra gpu --extra postgres --output-file requirements-gpu.lock

clean: ## Remove .venv and what the tools left; never data/ or a setting
	@rm -rf .venv build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache demo-output
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
