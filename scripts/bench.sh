#!/usr/bin/env bash
# Benchmarks, each a ratio against a reference of the same run: bench.sh [quick] ARGUMENTS…
. "$(dirname -- "${BASH_SOURCE[0]}")/env.sh"

"$root/scripts/setup.sh" rust node postgres
"$root/scripts/site.sh"
say "Server and benchmarks (release)"
cargo build --release -p server -p bench
export PERFALLY_BIN=$CARGO_TARGET_DIR/release/perfally PERFALLY_SITE=$site PERFALLY_ASSETS=$assets
exec "$CARGO_TARGET_DIR/release/bench" "$@"
