#!/usr/bin/env bash
# Bring the catalogues of web/translations up to date with the texts of web. What is new stays empty, and a test fails
# until somebody has translated it: nothing is guessed.
set -euo pipefail
cd "$(dirname "$0")/.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
.venv/bin/pybabel --quiet extract --mapping-file web/translations/babel.cfg --keyword lazy_gettext --no-location \
    --sort-output --width 120 --output-file "$scratch/messages.pot" .
for catalogue in web/translations/*/LC_MESSAGES/messages.po; do
    .venv/bin/pybabel --quiet update --input-file "$scratch/messages.pot" --output-file "$catalogue" \
        --locale "$(basename "$(dirname "$(dirname "$catalogue")")")" --no-fuzzy-matching --ignore-obsolete \
        --ignore-pot-creation-date --width 120
done
