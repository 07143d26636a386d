#!/usr/bin/env bash
# Every check and every test. Assumes that set-up and assets are done (make test).
set -euo pipefail
cd "$(dirname "$0")/.."

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

# Run a part of the tests; a part in which there is none yet is no failure.
part() {
    local name=$1 status=0
    shift
    "$@" --junitxml="$results/$name.xml" || status=$?
    [ "$status" -eq 0 ] || [ "$status" -eq 5 ] || exit "$status"
}

parallel=(--numprocesses 2 --dist worksteal --quiet)

tools/packages.sh
tools/lint.sh
tools/static.sh

echo "test: everything that is quick, on the embedded PostgreSQL"
part quick .venv/bin/pytest "${parallel[@]}" --note-statements="$results" -m "not slow and not journey"

# Each process has a server of its own, which its tests may kill.
echo "test: what is slow"
part slow .venv/bin/pytest --quiet --numprocesses 2 --dist loadfile -m "slow and not alone and not journey"

echo "test: what measures time, one after the other"
part alone .venv/bin/pytest --quiet -m "alone and not journey"

# Each file has an installation of its own, so two can be played at a time.
echo "test: the journeys, in a browser"
part journeys .venv/bin/pytest --quiet --numprocesses 2 --dist loadfile -m journey

if tools/with_postgresql.sh --check; then
    # All SQL is the engine's (tests/architecture). What another server may do otherwise are single statements: the
    # fewest tests run in which each of them is sent (tests/statements.py), and all that say nothing of theirs.
    echo "test: what uses a database, on the distribution's PostgreSQL"
    part distribution tools/with_postgresql.sh .venv/bin/pytest "${parallel[@]}" -m "database and not slow and not journey" \
        --each-statement="$results" tests/engine tests/processes tests/test_database.py
else
    echo "test: SKIPPED: the second run, on the distribution's PostgreSQL"
fi

.venv/bin/python tools/summary.py "$results"/*.xml
