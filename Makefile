# make run: everything a newcomer needs. make test: all tests. make lint: linters and types. make bench: the figures.
# make messages: collects new texts for the translators and compiles what they wrote; needs gettext (xgettext, msgfmt).
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test lint bench messages

run: .venv/site
	$(BIN)/python manage.py demo

test: .venv/dev
	$(BIN)/python -m pytest tests --ignore=tests/e2e -n auto
	$(BIN)/python -m pytest tests/e2e -n auto -rs

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint --lint --quiet templates
	$(BIN)/mypy
	$(BIN)/bandit -q -c pyproject.toml -r recovery patients
	$(BIN)/python manage.py makemigrations --check --dry-run

bench: .venv/site
	$(BIN)/python manage.py bench

messages: .venv/site
	$(BIN)/python manage.py makemessages --all --no-wrap --no-obsolete --add-location file -i tests -i .venv -i var
	$(BIN)/python manage.py compilemessages --ignore .venv

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/site: .venv/bin/python requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

.venv/dev: .venv/site requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@
