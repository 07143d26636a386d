#!/usr/bin/env bash
# Read the sources for what must not be in them: bandit, and rules of our own for semgrep (tools/semgrep), which are
# first tried on what they must find and must let pass. In an environment of their own; nothing is sent anywhere.
set -euo pipefail
cd "$(dirname "$0")/.."

tools=build/static
if ! cmp -s requirements/static.txt "$tools/.staffetta-recipe"; then
    echo "static: installing bandit and semgrep"
    .venv/bin/python -m venv --clear "$tools"
    "$tools/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary :all: \
        --requirement requirements/static.txt
    cp requirements/static.txt "$tools/.staffetta-recipe"
fi
export PATH="$PWD/$tools/bin:$PATH" SEMGREP_SETTINGS_FILE="$PWD/$tools/settings.yml"
alone=(--quiet --metrics=off --disable-version-check)

# Of each part of a text that a nosec stands behind, bandit says that there it was needed for nothing.
bandit --quiet --configfile pyproject.toml --recursive engine web forms feel 2> >(grep -v "nosec encountered" >&2)
semgrep --test "${alone[@]}" tools/semgrep >/dev/null || semgrep --test --metrics=off --disable-version-check tools/semgrep
semgrep scan "${alone[@]}" --error --strict --config tools/semgrep/rules.yml engine web forms feel
echo "static: bandit and our rules for semgrep find nothing"
