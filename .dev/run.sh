#!/bin/sh
# `make run`, also without make: from a fresh checkout to a running collector with its demo shop.
# Arguments go to `tagwell serve`.
set -eu
cd "$(dirname "$0")/.."
sh .dev/bootstrap.sh

# Cities are a bonus: tried once, and never a reason not to start.
geo=${TAGWELL_GEO_FOLDER:-geo}
if [ -z "${TAGWELL_GEO_DB:-}" ] && [ ! -e .venv/geo-tried ] &&
  [ -z "$(find "$geo" -name '*.mmdb' 2>/dev/null | head -n 1)" ]; then
  touch .venv/geo-tried
  echo "Fetching a city database (once; Ctrl-C skips it)"
  trap : INT
  .venv/bin/tagwell geo update ||
    echo "No city database for now: places stop at the country. Try again with: .venv/bin/tagwell geo update"
  trap - INT
fi

exec .venv/bin/tagwell serve --demo "$@"
