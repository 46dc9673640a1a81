#!/usr/bin/env bash
# Asks the API what its own document says may be asked, and much that may not, and wants the answers that the document
# promises: schemathesis (PyPI), all checks, on a server of its own with a site and page views. api-check.sh OPTIONS…
# PERFALLY_BIN names a server that is built already.
. "$(dirname -- "${BASH_SOURCE[0]}")/env.sh"

schemathesis_version=4.32.5
"$root/scripts/setup.sh" rust node postgres
[ -n "${PERFALLY_BIN:-}" ] || "$root/scripts/site.sh"
have python3 || stop "Python 3 is missing" "apt-get install python3 python3-venv"
venv=$tools/schemathesis-$schemathesis_version
if [ ! -x "$venv/bin/schemathesis" ]; then
  say "schemathesis $schemathesis_version"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$schemathesis_version"
fi
say "Server"
[ -n "${PERFALLY_BIN:-}" ] || cargo build --bin perfally
binary=${PERFALLY_BIN:-$CARGO_TARGET_DIR/debug/perfally}

folder=$(mktemp -d "${TMPDIR:-/tmp}/perfally-api.XXXXXX")
# PostgreSQL runs as another account when we are root, and must get in.
chmod 711 "$folder"
finish() {
  if [ -n "${server:-}" ]; then
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  rm -rf "$folder"
}
trap finish EXIT
trap 'exit 130' INT TERM
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })')
url=http://127.0.0.1:$port
export PERFALLY_DATA=$folder/data PERFALLY_ADDR=127.0.0.1:$port PERFALLY_SITE=${PERFALLY_SITE:-$site} PERFALLY_ASSETS=${PERFALLY_ASSETS:-$assets}
export PERFALLY_DEMO=off PERFALLY_RATE_LIMITS=off PERFALLY_PLAN=agency PERFALLY_LOG=warn
"$binary" serve >"$folder/log" 2>&1 &
server=$!
for _ in $(seq 600); do
  if curl -fsS -o /dev/null "$url/readyz" 2>/dev/null; then break; fi
  kill -0 "$server" 2>/dev/null || stop "The server ended" "$(tail -n 20 "$folder/log")"
  sleep 0.1
done

field() { node -e 'console.log(JSON.parse(require("fs").readFileSync(0, "utf8"))[process.argv[1]])' "$1"; }
"$binary" admin user add ada@example.com --password-stdin >/dev/null <<<'nine quiet lamps by the harbour'
project=$("$binary" admin project add --owner ada@example.com --name Shop --origin https://shop.example)
key=$("$binary" admin api-key add --owner ada@example.com --name schemathesis | field key)
site_key=$(field site_key <<<"$project") project=$(field project_id <<<"$project")
agent='Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36'
for nr in $(seq 60); do
  id=$(node -e 'console.log(require("crypto").randomUUID())')
  curl -fsS -A "$agent" -H 'Origin: https://shop.example' "$url/api/beacon" -d \
    "{\"v\":1,\"key\":\"$site_key\",\"id\":\"$id\",\"seq\":1,\"url\":\"https://shop.example/product/$nr\",\"nav\":\"navigate\",\"vitals\":{\"lcp\":$((1000 + 31 * nr)),\"cls\":0.02}}"
done

cat >"$folder/strangers.toml" <<TOML
headers = { Authorization = "Bearer $key" }
TOML
cat >"$folder/known.toml" <<TOML
headers = { Authorization = "Bearer $key" }

[parameters]
"path.project" = "$project"
TOML
ask() {
  say "Questions about $2"
  (cd "$folder" && "$venv/bin/schemathesis" --config-file "$folder/$1.toml" run "$url/v1/openapi.json" --checks all --max-examples 200 --workers 2 "${@:3}")
}
# Ids that are made up are not found: most questions are to be about a project that is there.
ask known "a project that is there" "$@"
ask strangers "projects that are made up" "$@"
if grep -E '"level":"ERROR"' "$folder/log"; then stop "The server had errors of its own"; fi
say "Every answer is as the document says"
