#!/usr/bin/env bash
# Measure what things cost. Other expression libraries are measured beside ours, in an environment of their own.
set -euo pipefail
cd "$(dirname "$0")/.."

peers=build/bench
if ! cmp -s requirements/bench.txt "$peers/.staffetta-recipe"; then
    echo "bench: installing what is measured beside ours"
    .venv/bin/python -m venv --clear "$peers"
    "$peers/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary :all: \
        --requirement requirements/bench.txt
    cp requirements/bench.txt "$peers/.staffetta-recipe"
fi
exec .venv/bin/python -m tests.bench "$@"
