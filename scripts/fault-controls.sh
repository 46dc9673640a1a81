#!/usr/bin/env bash
# Shows that the fault tests can fail: breaks a copy of the tree in one way after the other, by the patches of
# server/tests/faults/controls/, and wants the test that each names to fail with the words that it names.
. "$(dirname -- "${BASH_SOURCE[0]}")/env.sh"

"$root/scripts/setup.sh" rust node postgres nextest
"$root/scripts/site.sh"
copy=$(mktemp -d "${TMPDIR:-/tmp}/perfally-controls.XXXXXX")
trap 'rm -rf "$copy"' EXIT
git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$copy"
# A broken server must never lie where a good one is looked for.
export CARGO_TARGET_DIR=$CARGO_TARGET_DIR/controls PERFALLY_SITE=$site PERFALLY_ASSETS=$assets
unset PERFALLY_BIN
export PERFALLY_TEST_PAGE_VIEWS=${PERFALLY_TEST_PAGE_VIEWS:-20000}
cd "$copy"

line() { sed -n "s/^$1: //p" "$2" | head -n1; } # NAME PATCH
# Always the same set, so that nothing is compiled twice for another one's features.
packages=(-p engine -p bench -p server)
deaf=()
for patch in server/tests/faults/controls/${1:-*}.patch; do
  name=$(basename "$patch" .patch) test=$(line Test "$patch") says=$(line Says "$patch")
  say "$name: $(line Breaks "$patch")"
  git apply "$patch"
  cargo build --quiet "${packages[@]}" --bins --tests
  if scripts/postgres.sh cargo nextest run "${packages[@]}" -E "test(=$test)" --no-tests fail >"$copy/said" 2>&1; then
    say "✗ $test does not notice"
    deaf+=("$name")
  elif ! grep -qE "$says" "$copy/said"; then
    tail -n 40 "$copy/said"
    say "✗ $test fails, but does not say: $says"
    deaf+=("$name")
  else
    say "✓ $test fails: $(grep -oE ".{0,60}$says.{0,80}" "$copy/said" | head -n1)"
  fi
  git apply -R "$patch"
done
[ ${#deaf[@]} -eq 0 ] || stop "These breaks went unnoticed: ${deaf[*]}"
say "Every break was noticed"
