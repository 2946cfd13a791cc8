#!/bin/sh
# `make test-webkit`: the delivery suite in WebKit, which is installed where it can be. Arguments go to pytest.
set -eu
cd "$(dirname "$0")/.."
sh .dev/bootstrap.sh test
.venv/bin/python .dev/browser.py webkit
exec .venv/bin/python -m pytest e2e/delivery -k webkit "$@"
