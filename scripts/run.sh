#!/usr/bin/env bash
# Sets up what is missing, builds, and starts PerfAlly at http://127.0.0.1:3000 with its data in ./data.
. "$(dirname -- "${BASH_SOURCE[0]}")/env.sh"

load_env
"$root/scripts/setup.sh" rust node postgres
"$root/scripts/site.sh"
say "Server"
cargo build --bin perfally
say "Starting PerfAlly"
export PERFALLY_DATA=${PERFALLY_DATA:-$root/data} PERFALLY_SITE=${PERFALLY_SITE:-$site} PERFALLY_ASSETS=${PERFALLY_ASSETS:-$assets}
exec "$CARGO_TARGET_DIR/debug/perfally" serve "$@"
