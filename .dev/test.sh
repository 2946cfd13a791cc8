#!/bin/sh
# `make test`, also without make: every check, the browser tests included. Stops at the first that fails.
# Arguments go to pytest; `--lint` as the first stops before it.
set -eu
cd "$(dirname "$0")/.."
# Each of the hundreds of processes that the tests start would else compile all of Tagwell for itself.
unset PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX="$PWD/.venv/pycache"
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

step browsers
E2E_CHROMIUM=$("$python" .dev/browser.py chromium) || [ -z "${CI:-}" ] || exit 1
E2E_FIREFOX=$("$python" .dev/browser.py firefox) || [ -z "${CI:-}" ] || exit 1
export E2E_CHROMIUM E2E_FIREFOX
E2E_SHELL=$("$python" .dev/browser.py shell)
export E2E_SHELL
echo "${E2E_CHROMIUM:-no Chromium: the browser tests are skipped}${E2E_SHELL:+, and $E2E_SHELL}"
echo "${E2E_FIREFOX:-no Firefox: what it would prove is skipped}"
command -v WebKitWebDriver || echo "no WebKit: make test-webkit installs it"

E2E_NGINX=$(sh .dev/nginx.sh) || [ -z "${CI:-}" ] || exit 1
export E2E_NGINX

E2E_STRACE=$(sh .dev/debian.sh strace) || [ -z "${CI:-}" ] || exit 1
E2E_FAKETIME=$(sh .dev/debian.sh faketime) || [ -z "${CI:-}" ] || exit 1
export E2E_STRACE E2E_FAKETIME

step clients of other vendors
E2E_CLIENTS=$(sh .dev/clients.sh) || [ -z "${CI:-}" ] || exit 1
export E2E_CLIENTS

step pytest
# In the order of collection, which puts the browser tests last (e2e/conftest.py).
exec "$python" -m pytest -n 2 --dist loadfile --no-loadscope-reorder "$@"
