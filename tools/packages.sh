#!/usr/bin/env bash
# Install the Debian packages that the tests need and that no lock file can bring: Chromium and a PostgreSQL server.
# Without root, or elsewhere than on Debian, say what is missing; the tests that need it are then skipped, and say so.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
command -v chromium >/dev/null || missing+=(chromium)
tools/with_postgresql.sh --check 2>/dev/null || missing+=(postgresql)
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "packages: MISSING: ${missing[*]}. What needs them is skipped. As root on Debian: apt-get install ${missing[*]}"
    exit 0
fi

# The package would otherwise make and start a server of its own beside ours.
if [ ! -d /etc/postgresql-common ]; then
    mkdir -p /etc/postgresql-common
    echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
fi

install_missing() {
    DEBIAN_FRONTEND=noninteractive apt-get install --quiet --quiet --yes --no-install-recommends "${missing[@]}" >/dev/null
}
echo "packages: installing ${missing[*]}"
# The lists that are there may do; fetching them is slow.
install_missing 2>/dev/null || { apt-get update --quiet --quiet && install_missing; }
