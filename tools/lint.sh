#!/usr/bin/env bash
# The checks that run nothing: style, format, types, import contracts.
set -euo pipefail
cd "$(dirname "$0")/.."
.venv/bin/ruff check --quiet .
.venv/bin/ruff format --quiet --check .
.venv/bin/mypy --no-error-summary
.venv/bin/lint-imports --no-logo
echo "lint: style, format, types and import contracts are in order"
