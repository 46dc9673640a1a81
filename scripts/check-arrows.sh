#!/usr/bin/env bash
# Holds the code to the rules of the house; what they are stands in arrows.mjs. First sees that it would notice a violation.
. "$(dirname -- "${BASH_SOURCE[0]}")/env.sh"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

node --test scripts/arrows.test.mjs >"$folder/self-test" 2>&1 || {
  cat "$folder/self-test" >&2
  stop "The check of the rules fails its own test"
}

tree() { cargo tree --quiet --locked --prefix none --edges normal,no-proc-macro "$@"; }
cargo metadata --quiet --locked --format-version 1 >/dev/null \
  || stop "Cargo.lock does not fit the Cargo.toml files" "Run: cargo metadata >/dev/null; then commit Cargo.lock"
cargo metadata --quiet --locked --no-deps --format-version 1 >"$folder/metadata"
tree -p domain >"$folder/domain"
tree -p engine >"$folder/engine"
tree -p frontend --target wasm32-unknown-unknown >"$folder/frontend"
cargo tree --quiet --locked --prefix none --edges features -p frontend --target wasm32-unknown-unknown >"$folder/features"

git ls-files -z --cached --others --exclude-standard | node scripts/arrows.mjs "$folder" \
  || stop "The rules of the house are broken in the places above"
