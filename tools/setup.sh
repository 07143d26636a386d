#!/usr/bin/env bash
# Make .venv from the lock files, or say exactly what is missing. Does nothing when it is up to date.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}

fail() {
    printf 'set-up: %s\n' "$@" >&2
    exit 1
}

command -v "$python" >/dev/null || fail "$python was not found." "Install Python 3.11 or newer (Debian: apt-get install python3 python3-venv)."

# What the environment is made from. The path is part of it, because scripts in .venv/bin name it.
recipe() {
    pwd
    "$python" -c 'import sys; print(sys.base_prefix, sys.version)'
    cat requirements/dev.txt tools/setup.sh
}

stamp=.venv/.staffetta-recipe
project_stamp=.venv/.staffetta-project
if [ ! -f "$stamp" ] || ! recipe | cmp -s - "$stamp"; then
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "$python is $("$python" -V), too old." "Install Python 3.11 or newer, or name one: make PYTHON=python3.12"
    "$python" -c 'import venv, ensurepip' 2>/dev/null ||
        fail "$("$python" -V) comes without venv or ensurepip." "Install them (Debian: apt-get install python3-venv)."
    echo "set-up: making .venv with $("$python" -V)"
    rm -f "$project_stamp"
    "$python" -m venv --clear .venv
    # Wheels only: a source distribution would fetch a build backend that no hash protects.
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary :all: \
        --requirement requirements/dev.txt
    recipe >"$stamp"
fi

if ! cmp -s pyproject.toml "$project_stamp"; then
    # hatchling is in the lock, so the project builds without fetching anything.
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-index --no-build-isolation --no-deps --editable .
    cp pyproject.toml "$project_stamp"
fi
