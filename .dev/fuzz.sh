#!/bin/sh
# `make fuzz`: coverage-guided fuzzing of every decoder, ten minutes each. Arguments are the names of some, as
# `native segment`. SECONDS_EACH and FUZZ_FOLDER, which keeps what was learned for the next time, may be set.
# atheris is no part of the tests' extra: it has no wheel for every machine.
set -eu
cd "$(dirname "$0")/.."
sh .dev/bootstrap.sh test
.venv/bin/python -m pip install -q --disable-pip-version-check -c .dev/constraints.txt -e '.[fuzz]'
folder=${FUZZ_FOLDER:-.venv/fuzz}
[ $# -gt 0 ] || set -- native packed pixel segment tracardi webhook synerise operations
for dialect in "$@"; do
  echo "== $dialect"
  mkdir -p "$folder/$dialect"
  .venv/bin/python -m tests.fuzz.atheris_decoders "$dialect" "$folder/$dialect" \
    -max_total_time="${SECONDS_EACH:-600}" -artifact_prefix="$folder/$dialect-" -print_final_stats=1
done
