#!/usr/bin/env bash
# Benchmarks, each a ratio against a reference of the same run: bench.sh [quick] ARGUMENTS…
# `bench.sh load --project ID --database URL --rows N` fills a project.
. "$(dirname -- "${BASH_SOURCE[0]}")/env.sh"

"$root/scripts/setup.sh" rust node postgres chromium nginx
"$root/scripts/site.sh"
npm_install bench/lighthouse
say "Server and benchmarks (release)"
cargo build --release -p server -p bench
export PERFALLY_BIN=$CARGO_TARGET_DIR/release/perfally PERFALLY_SITE=$site PERFALLY_ASSETS=$assets
# Chromium may have been installed only now.
export CHROME_PATH=${CHROME_PATH:-$(command -v chromium || true)}
exec "$CARGO_TARGET_DIR/release/bench" "$@"
