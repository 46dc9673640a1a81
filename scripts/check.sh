#!/usr/bin/env bash
# Everything that can be told without running the product: format, lints, types, and the rules of the house.
. "$(dirname -- "${BASH_SOURCE[0]}")/env.sh"

"$root/scripts/setup.sh" rust wasm node
locked=${CI:+--locked}

say "Format"
cargo fmt --all -- --check -l || stop "Some files are not formatted" "Run: cargo fmt --all"

say "Rules of the house"
"$root/scripts/check-arrows.sh"
# What the fault tests are shown to notice (make fault-controls) must still be there to be broken.
for patch in server/tests/faults/controls/*.patch; do
  git apply --check "$patch" || stop "$patch does not apply any more" "Make it break the same thing in the code as it is now"
done

if have shellcheck; then
  say "Shell scripts"
  shellcheck -x -P scripts scripts/*.sh .ci/run
fi

say "TypeScript"
for package in style beacon lighthouse end2end audit-action; do
  [ -f "$package/package.json" ] || continue
  npm_install "$package"
  (cd "$package" && npm run --silent --if-present check)
done

say "Lints of the server's half"
cargo clippy ${locked:+"$locked"} --all-targets -- -D warnings

say "Lints of the browser's half"
if borrows_wasm_rustc; then
  # A borrowed compiler has no clippy of its own version: it only compiles.
  export RUSTC=$wasm_rustc
  cargo check ${locked:+"$locked"} -p frontend --target wasm32-unknown-unknown
  cargo check ${locked:+"$locked"} -p domain --target wasm32-unknown-unknown
else
  cargo clippy ${locked:+"$locked"} -p frontend --target wasm32-unknown-unknown -- -D warnings
  cargo clippy ${locked:+"$locked"} -p domain --target wasm32-unknown-unknown -- -D warnings
fi
say "Checks done"
