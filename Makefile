# make run   the clinic, at http://127.0.0.1:8050
# make test  everything that must hold before a change lands
# make pictures  the pictures of docs/nurse.md
# make lock  new pinned versions in requirements*.txt

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check install --quiet --require-hashes
LOCK := $(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-header \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host

.PHONY: run test check pictures bench chromium lock clean

run: $(VENV)/run.done
	$(BIN)/python app.py serve

# Two at a time: one drives the browser, the other does the rest (tests/conftest.py).
test: check chromium
	$(BIN)/python -m pytest -n 2 --no-loadscope-reorder

check: $(VENV)/dev.done
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

# The pictures of docs/nurse.md, from the test that runs that session.
pictures: $(VENV)/dev.done chromium
	$(BIN)/python -m pytest tests/browser/test_treatment.py -k arrival
	cp test-output/walk/*.png docs/pictures/

bench: $(VENV)/dev.done chromium
	$(BIN)/python -m benchmarks

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Chairside needs Python 3.11 or newer; name one with: make PYTHON=python3.11 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.done: requirements.txt | $(BIN)/python
	$(PIP) -r requirements.txt
	touch $@

# Most of what only tests use is never run, so it is compiled when it is.
$(VENV)/dev.done: requirements-dev.txt | $(BIN)/python
	$(PIP) --no-compile -r requirements-dev.txt
	touch $@

# The browser tests drive Debian's Chromium. Without it they are skipped, which must not go unseen.
chromium:
	@command -v chromium >/dev/null || { \
		sudo=$$([ "$$(id -u)" = 0 ] || echo "sudo -n"); \
		command -v apt-get >/dev/null && $$sudo apt-get update -qq && $$sudo apt-get install -y -qq chromium >/dev/null; \
	} || printf '\n*** Chromium is missing and cannot be installed here: THE BROWSER TESTS WILL NOT RUN. ***\n\n'

lock: $(VENV)/dev.done
	$(LOCK) -o requirements.txt pyproject.toml
	$(LOCK) --extra dev -c requirements.txt -o requirements-dev.txt pyproject.toml

clean:
	rm -rf $(VENV)
