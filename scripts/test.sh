#!/usr/bin/env bash
# Everything: checks, the tests of the scripts, the tests of the server on a throw-away PostgreSQL, the browser tests.
. "$(dirname -- "${BASH_SOURCE[0]}")/env.sh"

locked=${CI:+--locked}
"$root/scripts/setup.sh" rust wasm node postgres chromium faketime nextest
"$root/scripts/check.sh"
"$root/scripts/site.sh"

for package in style beacon lighthouse audit-action; do
  [ -f "$package/package.json" ] || continue
  npm_install "$package"
  say "Tests of $package/"
  (cd "$package" && npm run --silent --if-present test)
done

say "Server"
# With the tests at once: one set of features, so that nothing is compiled twice.
cargo build ${locked:+"$locked"} --bins --tests
export PERFALLY_BIN=$CARGO_TARGET_DIR/debug/perfally PERFALLY_SITE=$site PERFALLY_ASSETS=$assets
say "Tests of the workspace"
"$root/scripts/postgres.sh" cargo nextest run ${locked:+"$locked"} --no-tests=pass
say "Examples in the documentation"
cargo test ${locked:+"$locked"} --doc --quiet
"$root/scripts/e2e.sh" built
say "All tests passed"
