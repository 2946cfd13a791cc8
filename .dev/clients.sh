#!/bin/sh
# Prints the folder in which the other vendors' npm clients are, which the tests run; installs them where
# they are not there. Nothing of them is needed to run Tagwell, so a machine without Node does without.
set -eu
cd "$(dirname "$0")/.."
wanted=tests/clients/npm
folder=$PWD/.venv/clients

command -v npm >/dev/null 2>&1 || { echo "there is no npm here" >&2; exit 1; }
if ! cmp -s "$wanted/package-lock.json" "$folder/ready"; then
  rm -rf "$folder"
  mkdir -p "$folder"
  cp "$wanted/package.json" "$wanted/package-lock.json" "$folder"
  # Not `npm ci`: it wants a registry to have every platform's optional part, which not every mirror has.
  npm install --prefix "$folder" --silent --no-audit --no-fund --ignore-scripts --omit=optional --no-save >&2
  cp "$wanted/package-lock.json" "$folder/ready"
fi
echo "$folder/node_modules"
