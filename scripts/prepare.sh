#!/usr/bin/env bash
# Writes .sqlx/ anew, from which the checked SQL is compiled without a database. Run it after changing SQL or migrations.
. "$(dirname -- "${BASH_SOURCE[0]}")/env.sh"

"$root/scripts/setup.sh" rust node postgres sqlx
export SQLX_OFFLINE=false
say "Asking a throw-away PostgreSQL about every query"
# Only the crates that hold SQL, and their tests; the browser's half has none.
"$root/scripts/postgres.sh" sh -c 'sqlx migrate run && cargo sqlx prepare --workspace -- --all-targets'
say "Written to .sqlx/; commit it with the SQL it belongs to"
