#!/usr/bin/env bash
# Run a command with a PostgreSQL server of its own, from the distribution's package (15 or newer), and stop it after.
# The command finds the superuser's address in STAFFETTA_TEST_DATABASE_ADMIN_URL.
# Usage: tools/with_postgresql.sh COMMAND [ARGUMENT...]
set -euo pipefail

find_programs() {
    local directory
    directory=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | sort --version-sort | tail -n 1)
    [ -n "$directory" ] && [ "$(basename "$(dirname "$directory")")" -ge 15 ] && printf '%s\n' "$directory"
}

programs=$(find_programs) || {
    echo "with_postgresql: no PostgreSQL 15 or newer below /usr/lib/postgresql (Debian: apt-get install postgresql)" >&2
    exit 1
}
[ "${1-}" = --check ] && exit 0

directory=$(mktemp -d)
as_server=()
if [ "$(id -u)" -eq 0 ]; then
    # PostgreSQL refuses to run as root; its package brings a user.
    as_server=(runuser -u postgres --)
    chown postgres: "$directory"
fi

stop() {
    if [ -f "$directory/data/postmaster.pid" ]; then
        "${as_server[@]}" "$programs/pg_ctl" stop --pgdata="$directory/data" --mode=fast --silent || true
    fi
    rm -rf "$directory"
}
trap stop EXIT

cd /
password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
install -m 600 /dev/null "$directory/password"
printf '%s' "$password" >"$directory/password"
[ ${#as_server[@]} -eq 0 ] || chown postgres: "$directory/password"
"${as_server[@]}" "$programs/initdb" --pgdata="$directory/data" --username=postgres --pwfile="$directory/password" \
    --auth=scram-sha-256 --encoding=UTF8 --locale=C >/dev/null
"${as_server[@]}" "$programs/pg_ctl" start --pgdata="$directory/data" --log="$directory/log" --silent --wait \
    --options="-c listen_addresses='' -c unix_socket_directories='$directory' -c fsync=off -c full_page_writes=off"
cd - >/dev/null

STAFFETTA_TEST_DATABASE_ADMIN_URL="postgresql+psycopg://postgres:$password@/postgres?host=$directory&port=5432" "$@"
