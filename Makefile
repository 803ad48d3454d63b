# What one does with CleverInvo. Each target installs what it needs; Debian packages too, when run as root.

UV_VERSION := 0.13.9
PYTHON ?= python3

.PHONY: install serve test check proof bench

install:  ## the command cleverinvo in .venv/bin
	@scripts/install $(PYTHON) $(UV_VERSION)

serve: install  ## the server, on http://127.0.0.1:8000
	.venv/bin/cleverinvo serve

test: check  ## everything that must hold, on SQLite and on PostgreSQL
	.venv/bin/pytest -n auto --maxprocesses 4

check: export CLEVERINVO_INSTALL := dev
check: install  ## style and types
	.venv/bin/ruff format --check --quiet .
	.venv/bin/ruff check --quiet .
	.venv/bin/mypy

proof: export CLEVERINVO_INSTALL := dev
proof: install  ## that no event is lost: 10,000 of them, bad receivers, and a worker that is killed every two seconds
	.venv/bin/python -m tests.chaos
	.venv/bin/python -m tests.chaos --calm

bench: export CLEVERINVO_INSTALL := bench
bench: install  ## how fast it is, against named references; see bench/README.md
	.venv/bin/python -m bench.create --seconds 2 --rounds 3
	.venv/bin/python -m bench.batch --seconds 2 --rounds 3
	.venv/bin/python -m bench.documents --quick
