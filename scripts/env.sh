# shellcheck shell=bash
# shellcheck disable=SC2034 # its names are used by the scripts that source it
# Sourced by every script: where things live, which versions of the tools we pin, and how a step is shown.

set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

# Tools and compiled dependencies are shared by every clone on this machine, so that a second one starts warm.
cache=${PERFALLY_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/perfally}
tools=$cache/tools
tools_target=$cache/tools-target
stamps=$root/target/stamps
site=$root/target/site
assets=$root/target/assets
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$cache/target}

# The checked SQL macros read `.sqlx/`; no build may need a database.
export SQLX_OFFLINE=true

# Lock files carry no address of a registry: each machine uses the one it is set up for.
export NPM_CONFIG_OMIT_LOCKFILE_REGISTRY_RESOLVED=true NPM_CONFIG_FUND=false NPM_CONFIG_AUDIT=false NPM_CONFIG_UPDATE_NOTIFIER=false
export npm_config_loglevel=${npm_config_loglevel:-error}

# Where the tests find a browser; nothing downloads one.
if [ -z "${CHROME_PATH:-}" ]; then
  for chrome in chromium chromium-browser google-chrome; do
    if command -v "$chrome" >/dev/null; then
      CHROME_PATH=$(command -v "$chrome")
      export CHROME_PATH
      break
    fi
  done
fi

rust_minimum=1.95
node_minimum=20
# The version of wasm-bindgen is that of `Cargo.lock`: program and library must be the same.
wasm_bindgen_version=$(awk '$0 == "name = \"wasm-bindgen\"" { getline; gsub(/version = |"/, ""); print; exit }' Cargo.lock)
trunk_version=0.21.14
nextest_version=0.9.143
sqlx_version=0.9.0

# Ours first: `frontend` carries wasm-opt, `tools` carries Trunk and, where the system's is too old, Node.
PATH=$tools/bin:$tools/node/bin:$root/frontend/node_modules/.bin:$HOME/.cargo/bin:$PATH
export PATH

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
  bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' plain=$'\e[0m'
else
  bold='' dim='' red='' plain=''
fi

# What is happening now, with the time since the command started.
say() { printf '%s[%3ds]%s %s%s%s\n' "$dim" "$SECONDS" "$plain" "$bold" "$*" "$plain"; }

# Stops with words: what is wrong, then what to do.
stop() {
  printf '%s✗ %s%s\n' "$red" "$1" "$plain" >&2
  shift
  [ $# -eq 0 ] || printf '  %s\n' "$@" >&2
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# fingerprint PATH… : one hash over the names and contents of all files below the paths that exist.
fingerprint() {
  local path found=()
  for path in "$@"; do
    if [ -e "$path" ]; then found+=("$path"); fi
  done
  [ ${#found[@]} -gt 0 ] || { echo none; return; }
  find "${found[@]}" \( -name node_modules -o -name target -o -name dist \) -prune -o -type f -print0 \
    | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c1-32
}

# fresh NAME FINGERPRINT : was this part made from exactly these inputs? `made NAME FINGERPRINT` says so.
fresh() { [ "$(cat "$stamps/$1" 2>/dev/null)" = "$2" ]; }
made() { mkdir -p "$stamps" && printf '%s\n' "$2" >"$stamps/$1"; }

# npm_install FOLDER : the exact packages of its lock file, once.
npm_install() {
  local folder=$1 now
  now=$(fingerprint "$folder/package.json" "$folder/package-lock.json")
  if [ "$(cat "$folder/node_modules/.perfally" 2>/dev/null)" = "$now" ]; then return; fi
  say "npm packages of $folder/"
  (cd "$folder" && npm ci --ignore-scripts </dev/null)
  printf '%s\n' "$now" >"$folder/node_modules/.perfally"
}

# Settings of `.env`, as plain KEY=VALUE lines; the environment that is already there wins. Nothing in the file is run.
load_env() {
  local line key value
  [ -f .env ] || return 0
  while IFS= read -r line || [ -n "$line" ]; do
    [[ $line =~ ^[[:space:]]*(export[[:space:]]+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$ ]] || continue
    key=${BASH_REMATCH[2]} value=${BASH_REMATCH[3]%$'\r'}
    case $value in
      \"*\") value=${value#\"} value=${value%\"} ;;
      \'*\') value=${value#\'} value=${value%\'} ;;
      *) value=${value%%[[:space:]]#*} value=${value%"${value##*[![:space:]]}"} ;;
    esac
    if [ -z "${!key+set}" ]; then export "$key=$value"; fi
  done <.env
}

# The compiler for the browser's half, where its standard library did not come from rustup (see setup.sh, wasm).
wasm_rustc=$cache/rust-web/bin/rustc
has_std_for_wasm() { # RUSTC
  compgen -G "$("$1" --print target-libdir --target wasm32-unknown-unknown 2>/dev/null)/libstd-*.rlib" >/dev/null
}
borrows_wasm_rustc() { ! has_std_for_wasm rustc && [ -x "$wasm_rustc" ]; }
