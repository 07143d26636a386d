#!/usr/bin/env bash
# Build web/static/dist from web/frontend with the locked packages, and compile the catalogues of web/translations.
# Does nothing when they are up to date.
set -euo pipefail
cd "$(dirname "$0")/../web/frontend"

fail() {
    printf 'assets: %s\n' "$@" >&2
    exit 1
}

packages() {
    cat package-lock.json .npmrc
    node --version
}

sources() {
    find . -path ./node_modules -prune -o -type f -print | LC_ALL=C sort | while IFS= read -r file; do
        printf '%s\n' "$file"
        cat "$file"
    done
    node --version
}

compile() {
    local catalogue compiled
    for catalogue in ../translations/*/LC_MESSAGES/messages.po; do
        compiled=${catalogue%.po}.mo
        if [ "$compiled" -nt "$catalogue" ]; then
            continue
        fi
        "$python" -c 'import babel' 2>/dev/null || fail "$python has no Babel." "Run \`make setup\` first, or name a Python that has it: PYTHON=…"
        echo "assets: compiling ${catalogue#../}"
        "$python" -m babel.messages.frontend --quiet compile --input-file "$catalogue" --output-file "$compiled"
    done
}

python=${PYTHON:-../../.venv/bin/python}
compile
command -v node >/dev/null || fail "node was not found." "Install Node.js 20.19 or newer with npm."
command -v npm >/dev/null || fail "npm was not found." "Install npm; it comes with Node.js."

packages_stamp=node_modules/.staffetta-packages
sources_stamp=../static/dist/.staffetta-sources
if sources | cmp -s - "$sources_stamp"; then
    exit 0
fi
node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
    fail "node is $(node --version), too old." "Install Node.js 20.19 or newer."
if ! packages | cmp -s - "$packages_stamp"; then
    echo "assets: installing the locked packages"
    npm ci --silent
    packages >"$packages_stamp"
fi
echo "assets: building web/static/dist"
npm run --silent build -- --logLevel warn
sources >"$sources_stamp"
