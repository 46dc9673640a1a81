#!/usr/bin/env bash
# The fault tests in full length, on a release build: hours of torment pressed into one. faults.sh ARGUMENTS-OF-NEXTEST…
# PERFALLY_TEST_ROUNDS=72 kills a thousand times; a round is a hundred thousand page views.
. "$(dirname -- "${BASH_SOURCE[0]}")/env.sh"

"$root/scripts/setup.sh" rust node postgres faketime nextest
"$root/scripts/site.sh"
say "Server (release) and the tests"
cargo build --release -p server --bin perfally
cargo build -p server --test faults
export PERFALLY_BIN=$CARGO_TARGET_DIR/release/perfally PERFALLY_SITE=$site PERFALLY_ASSETS=$assets
export PERFALLY_FAULTS=full
[ "$(id -u)" -eq 0 ] || say "Not root: the tests of full disks mount small ones, and will be left out"
cargo nextest run --profile faults -p server --test faults --no-capture "$@"
