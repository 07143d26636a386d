#!/usr/bin/env bash
# Lock the dependencies of pyproject.toml with uv: every version and hash, for Python 3.11 on and every platform.
# `tools/lock.sh --upgrade` takes newer versions; without it only what pyproject.toml demands changes.
set -euo pipefail
cd "$(dirname "$0")/.."

uv=.venv/bin/uv
if [ ! -x "$uv" ]; then
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    python3 -m venv "$scratch"
    version=$(sed -n 's/^uv==\([^ ]*\).*/uv==\1/p' requirements/dev.txt 2>/dev/null || true)
    "$scratch/bin/python" -m pip install --quiet --disable-pip-version-check "${version:-uv}"
    uv=$scratch/bin/uv
fi

compile() {
    local output=$1
    shift
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
        --custom-compile-command 'make lock' --output-file "$output" "$@"
}

# dev.txt is everything; base.txt and build.txt are parts of it, with the same versions, for a real installation.
compile requirements/dev.txt pyproject.toml --group dev "$@"
compile requirements/base.txt pyproject.toml --constraints requirements/dev.txt
compile requirements/bench.txt --group bench "$@"
compile requirements/static.txt --group static "$@"
compile requirements/build.txt --group build --constraints requirements/dev.txt
