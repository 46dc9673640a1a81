#!/usr/bin/env bash
# Builds, starts, and does both again whenever a source file changes. Stop it with Ctrl-C.
. "$(dirname -- "${BASH_SOURCE[0]}")/env.sh"

load_env
"$root/scripts/setup.sh" rust wasm node postgres trunk
export PERFALLY_DATA=${PERFALLY_DATA:-$root/data} PERFALLY_SITE=${PERFALLY_SITE:-$site} PERFALLY_ASSETS=${PERFALLY_ASSETS:-$assets}
watched=(app domain engine server frontend style beacon public migrations .sqlx Cargo.toml Cargo.lock .env)
server=''

newest() { # the moment of the latest change
  find "${watched[@]}" \( -name node_modules -o -name dist \) -prune -o -type f -printf '%T@\n' 2>/dev/null | sort -n | tail -n1
}
end_server() {
  if [ -n "$server" ]; then
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    server=''
  fi
}
trap end_server EXIT
trap 'exit 130' INT TERM

seen=''
while :; do
  now=$(newest)
  if [ "$now" != "$seen" ]; then
    seen=$now
    SECONDS=0
    if "$root/scripts/site.sh" dev && cargo build --bin perfally; then
      end_server
      say "Starting PerfAlly"
      "$CARGO_TARGET_DIR/debug/perfally" serve "$@" &
      server=$!
    else
      say "That did not build; the last version goes on running"
    fi
  fi
  sleep 1
done
