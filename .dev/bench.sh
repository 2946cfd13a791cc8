#!/bin/sh
# `make bench`: what a beacon costs, in five parts. Some eight minutes, on a machine that does nothing else.
set -eu
cd "$(dirname "$0")/.."
sh .dev/bootstrap.sh test
E2E_NGINX=$(sh .dev/nginx.sh)
export E2E_NGINX
python=.venv/bin/python

echo "== single events"
"$python" -m tests.bench.beacon_rate
echo "== beacons of 100 events"
"$python" -m tests.bench.beacon_rate --events 100 --connections 8 --rounds 3
echo "== two workers"
"$python" -m tests.bench.beacon_rate --workers 2 --rounds 3
echo "== more than can be taken"
"$python" -m tests.bench.overload
echo "== one source a hundred times over its quota"
"$python" -m tests.bench.quota
echo "== by stage"
"$python" -m tests.bench.stages
echo "== the tag"
"$python" -m tests.bench.tag_rate
echo "== start, memory, disk"
"$python" -m tests.bench.footprint
echo "== the server API"
"$python" -m tests.bench.api_rate
