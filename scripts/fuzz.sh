#!/usr/bin/env bash
# Feeds every parser at the doors with what libFuzzer makes up: fuzz.sh [TARGET…]; FUZZ_SECONDS each, 120 by default.
# What was found to be worth keeping stays in target/fuzz/; what breaks a parser, in target/fuzz/broken-TARGET-…. Of each it
# tells the executions, and of its counters how many were reached (cov), by how many inputs (corp).
. "$(dirname -- "${BASH_SOURCE[0]}")/env.sh"

"$root/scripts/setup.sh" rust node
"$root/scripts/site.sh"
have c++ || stop "A C++ compiler is missing: libFuzzer is compiled from its sources" "apt-get install g++"
host=$(rustc -vV | sed -n 's/^host: //p')
say "Fuzz targets (compiled with counters of their branches)"
# What cargo-fuzz passes, without its tool and without a sanitiser: no code of ours is unsafe. A target is named, so
# that build scripts and macros are not counted.
RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares" \
  cargo build --release --locked --manifest-path fuzz/Cargo.toml --target "$host" --target-dir "$CARGO_TARGET_DIR/fuzz"
export PERFALLY_ASSETS=$assets
broken=()
for source in fuzz/targets/*.rs; do
  target=$(basename "$source" .rs)
  [ $# -eq 0 ] || [[ " $* " == *" $target "* ]] || continue
  corpus=$root/target/fuzz/$target
  mkdir -p "$corpus"
  say "$target"
  if "$CARGO_TARGET_DIR/fuzz/$host/release/$target" "$corpus" "fuzz/seeds/$target" -dict=fuzz/words.dict -max_len=8192 -timeout=10 \
    -rss_limit_mb=2048 -max_total_time="${FUZZ_SECONDS:-120}" -artifact_prefix="$root/target/fuzz/broken-$target-" \
    -print_final_stats=1 >"$root/target/fuzz/$target.log" 2>&1; then
    grep -E 'DONE|number_of_executed|peak_rss' "$root/target/fuzz/$target.log"
  else
    tail -n 60 "$root/target/fuzz/$target.log"
    broken+=("$target")
  fi
done
[ ${#broken[@]} -eq 0 ] || stop "These were broken: ${broken[*]}" "The bytes are in target/fuzz/; give the file to the target to see it again"
say "Nothing was broken"
