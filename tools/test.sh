#!/usr/bin/env bash
# Every check and every test. Assumes that set-up and assets are done (make test).
set -euo pipefail
cd "$(dirname "$0")/.."

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

tools/packages.sh
tools/lint.sh

echo "test: on the embedded PostgreSQL"
.venv/bin/pytest --junitxml="$results/embedded.xml" "$@"

if tools/with_postgresql.sh --check; then
    echo "test: what uses a database, on the distribution's PostgreSQL"
    tools/with_postgresql.sh .venv/bin/pytest -m "database and not journey" --junitxml="$results/distribution.xml"
else
    echo "test: SKIPPED: the second run, on the distribution's PostgreSQL"
fi

.venv/bin/python tools/summary.py "$results"/*.xml
