#!/usr/bin/env bash
# Shows that the fault tests can fail: breaks a copy of the tree in one way after the other, by the patches of
# server/tests/faults/controls/, and wants the test that each names to pass before, and to fail with the words that it
# names. fault-controls.sh PATCH… : only these, by their names.
. "$(dirname -- "${BASH_SOURCE[0]}")/env.sh"

"$root/scripts/setup.sh" rust node postgres nextest
"$root/scripts/site.sh"
names=("$@")
if [ $# -eq 0 ]; then
  for patch in server/tests/faults/controls/*.patch; do names+=("$(basename "$patch" .patch)"); done
fi
for name in "${names[@]}"; do
  [ -f "server/tests/faults/controls/$name.patch" ] || stop "There is no server/tests/faults/controls/$name.patch"
done
copy=$(mktemp -d "${TMPDIR:-/tmp}/perfally-controls.XXXXXX")
trap 'rm -rf "$copy"' EXIT
git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$copy"
# A broken server must never lie where a good one is looked for.
export CARGO_TARGET_DIR=$CARGO_TARGET_DIR/controls PERFALLY_SITE=$site PERFALLY_ASSETS=$assets
unset PERFALLY_BIN
export PERFALLY_TEST_PAGE_VIEWS=${PERFALLY_TEST_PAGE_VIEWS:-20000}
cd "$copy"

line() { sed -n "s/^$1: //p" "server/tests/faults/controls/$2.patch" | head -n1; } # KEY NAME
# Always the same set, so that nothing is compiled twice for another one's features.
packages=(-p engine -p bench -p server)
# Fails as the test fails; what it said is in $copy/said. What does not compile shows nothing.
run() { # TEST
  local kind=(--lib)
  if [[ $1 != *::tests::* ]]; then
    kind=(--test faults)
    cargo build --quiet "${packages[@]}" --bins "${kind[@]}" || stop "The copy does not compile"
  fi
  cargo nextest run "${packages[@]}" "${kind[@]}" --no-run >"$copy/said" 2>&1 || { cat "$copy/said"; stop "The copy does not compile"; }
  scripts/postgres.sh cargo nextest run "${packages[@]}" "${kind[@]}" -E "test(=$1)" --no-tests fail >"$copy/said" 2>&1
}

say "Without a break"
for name in "${names[@]}"; do
  test=$(line Test "$name")
  run "$test" || { tail -n 40 "$copy/said"; stop "$test fails in a whole tree, too"; }
  say "✓ $test passes"
done

deaf=()
for name in "${names[@]}"; do
  patch=server/tests/faults/controls/$name.patch test=$(line Test "$name") says=$(line Says "$name")
  say "$name: $(line Breaks "$name")"
  git apply "$patch"
  if run "$test"; then
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
