#!/bin/sh
# Makes .venv ready: `sh .dev/bootstrap.sh` to run Tagwell, `sh .dev/bootstrap.sh test` to test it.
#
# This part only finds a Python, since a shell is all that a bare machine is sure to have;
# environment.py does the work with nothing but the standard library.
set -eu
cd "$(dirname "$0")/.."

for python in ${PYTHON:-} python3.14 python3.13 python3.12 python3.11 python3 python; do
  if command -v "$python" >/dev/null 2>&1 &&
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    exec "$python" .dev/environment.py "$@"
  fi
done

found=$(python3 --version 2>/dev/null) || found='no python3'
echo "Tagwell needs Python 3.11 or newer, and $found is what there is here." >&2
echo "Install a newer one (on Debian 12 or Ubuntu 24.04: apt install python3), or name it: make run PYTHON=/path/to/python3" >&2
exit 1
