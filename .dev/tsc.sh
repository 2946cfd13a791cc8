#!/bin/sh
# Checks the types of the tag's modules with TypeScript, from npm where there is one. Nothing of it is
# needed to build or run the tag, so a machine without Node does without.
set -eu
cd "$(dirname "$0")/.."
version=6.0.3
folder=.venv/typescript-$version

if ! command -v npm >/dev/null 2>&1; then
  echo "skipped: there is no npm here"
  exit 0
fi
if [ ! -e "$folder/ready" ]; then
  npm install --prefix "$folder" --silent --no-audit --no-fund --ignore-scripts "typescript@$version"
  touch "$folder/ready"
fi
node "$folder/node_modules/typescript/bin/tsc" -p snippet --noEmit
