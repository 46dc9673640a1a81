#!/usr/bin/env bash
# Runs a command on a throw-away PostgreSQL and removes it afterwards: postgres.sh COMMAND…
# `perfally with-postgres` does the same and is used where it has been built; this one needs no build of ours,
# so that the SQL metadata from which `perfally` is built can be made without `perfally`.
. "$(dirname -- "${BASH_SOURCE[0]}")/env.sh"

[ $# -gt 0 ] || stop "postgres.sh needs a command to run"
binary=$CARGO_TARGET_DIR/debug/perfally
if [ -x "$binary" ] && [[ "$(timeout 10 "$binary" with-postgres --help 2>/dev/null </dev/null)" == *--fast* ]]; then
  exec "$binary" with-postgres --fast -- "$@"
fi

"$root/scripts/setup.sh" postgres
initdb=$(compgen -G '/usr/lib/postgresql/*/bin/initdb' | sort -V | tail -n1 || true)
programs=$(dirname -- "$(readlink -f -- "${initdb:-$(command -v initdb)}")")
folder=$(mktemp -d "${TMPDIR:-/tmp}/perfally-postgres.XXXXXX")
as=()
# PostgreSQL refuses to run as root.
if [ "$(id -u)" -eq 0 ]; then
  user=postgres
  id "$user" >/dev/null 2>&1 || user=nobody
  chown "$user" "$folder"
  as=(runuser -u "$user" --)
fi
finish() {
  (cd / && "${as[@]}" "$programs/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null 2>&1) || true
  rm -rf "$folder"
}
trap finish EXIT
trap 'exit 130' INT TERM

password=$(head -c 16 /dev/urandom | sha256sum | cut -c1-32)
printf '%s\n' "$password" >"$folder/password"
chmod 644 "$folder/password"
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })')
(
  cd /
  "${as[@]}" "$programs/initdb" -D "$folder/data" -U postgres -A scram-sha-256 --pwfile="$folder/password" -E UTF8 --locale=C.UTF-8 --no-sync >"$folder/log" 2>&1
  "${as[@]}" "$programs/pg_ctl" -D "$folder/data" -l "$folder/server.log" -w -t 60 start \
    -o "-c listen_addresses=127.0.0.1 -p $port -c unix_socket_directories='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200" >>"$folder/log" 2>&1
) || {
  cat "$folder/log" "$folder/server.log" >&2 2>/dev/null || true
  stop "PostgreSQL did not start"
}
export DATABASE_URL=postgres://postgres:$password@127.0.0.1:$port/postgres
"$@"
