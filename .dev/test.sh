#!/bin/sh
# `make test`, also without make: every check, the browser tests included. Stops at the first that fails.
# Arguments go to pytest; `--lint` as the first stops before it.
set -eu
cd "$(dirname "$0")/.."
lint_only=no
if [ "${1:-}" = --lint ]; then lint_only=yes; shift; fi

sh .dev/bootstrap.sh test
python=.venv/bin/python

step() { echo "== $*"; }

step ruff
"$python" -m ruff check .
"$python" -m ruff format --check .

step mypy --strict
"$python" -m mypy --strict collector snippet tests e2e .dev

step tsc --checkJs
sh .dev/tsc.sh

step size of the tag
"$python" -m snippet.sizes

[ "$lint_only" = no ] || exit 0

step browser
E2E_CHROMIUM=$("$python" .dev/browser.py) || [ -z "${CI:-}" ] || exit 1
export E2E_CHROMIUM
echo "${E2E_CHROMIUM:-none: the browser tests are skipped}"

step pytest
# In the order of collection, which puts the browser tests last (e2e/conftest.py).
exec "$python" -m pytest -n 2 --dist loadfile --no-loadscope-reorder "$@"
