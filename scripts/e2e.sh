#!/usr/bin/env bash
# The browser tests of end2end/, on the server that was built here. `e2e.sh built` trusts that all is built.
. "$(dirname -- "${BASH_SOURCE[0]}")/env.sh"

if [ "${1:-}" != built ]; then
  "$root/scripts/setup.sh" rust node postgres chromium
  "$root/scripts/site.sh"
  say "Server"
  cargo build --bin perfally
fi
if [ ! -f end2end/package.json ]; then
  say "There are no browser tests yet"
  exit 0
fi
npm_install end2end
say "Browser tests"
export PERFALLY_BIN=$CARGO_TARGET_DIR/debug/perfally PERFALLY_SITE=$site PERFALLY_ASSETS=$assets
cd end2end
exec npm run --silent test
