#!/usr/bin/env bash
# Builds what browsers are sent into target/site/, and the data that the server reads into target/assets/.
# Each part is skipped while its inputs are the same. `site.sh dev` builds the bundle quickly and large.
. "$(dirname -- "${BASH_SOURCE[0]}")/env.sh"

mode=${1:-release}
parts=$root/target/parts
mkdir -p "$assets" "$stamps" "$parts"
# Two builds at once would empty each other's folders.
if have flock; then
  exec 9>target/site.lock
  flock -n 9 || { say "Waiting for another build of the site"; flock 9; }
fi
"$root/scripts/setup.sh" node
npm_install style
npm_install frontend

now=$(fingerprint style/*.* app/src)
if ! fresh style "$now" || [ ! -f style/dist/style.css ]; then
  say "Style and charts"
  (cd style && npm run --silent build)
  made style "$now"
fi

if [ -f beacon/package.json ]; then
  now=$(fingerprint beacon/src beacon/slim beacon/build.mjs beacon/package-lock.json)
  if ! fresh beacon "$now" || [ ! -f "$parts/beacon/beacon.js" ]; then
    npm_install beacon
    say "Beacon script"
    rm -rf "$parts/beacon"
    mkdir -p "$parts/beacon"
    (cd beacon && SITE_DIR=$parts/beacon npm run --silent build)
    made beacon "$now"
  fi
fi

# app's server half is part of these folders too: a change there costs one build that finds nothing to do.
now="$mode $(fingerprint app domain frontend scripts/site.sh Cargo.toml Cargo.lock Trunk.toml rust-toolchain.toml)"
if ! fresh bundle "$now" || [ ! -f "$parts/pkg/frontend_bg.wasm" ]; then
  "$root/scripts/setup.sh" wasm trunk
  if borrows_wasm_rustc; then export RUSTC=$wasm_rustc; fi
  say "Browser bundle ($mode)"
  # Not the variables of cargo-leptos: they would rename the bundle.
  unset LEPTOS_OUTPUT_NAME NO_COLOR
  if [ "$mode" = dev ]; then trunk build; else trunk build --release; fi
  esbuild "$parts/pkg/frontend.js" --minify --format=esm --log-level=warning --allow-overwrite --outfile="$parts/pkg/frontend.js"
  made bundle "$now"
fi

now="$(cat "$stamps/style" "$stamps/beacon" "$stamps/bundle" 2>/dev/null) $(fingerprint public)"
if ! fresh site "$now" || [ ! -f "$site/site.json" ]; then
  say "Putting the site together"
  # Made beside the old one and put in its place whole: a build that was stopped leaves no half of a site.
  rm -rf "$site.new"
  mkdir -p "$site.new/pkg"
  for part in public "$parts/beacon" style/dist; do
    if [ -d "$part" ]; then cp -R "$part/." "$site.new/"; fi
  done
  cp "$parts/pkg/frontend.js" "$parts/pkg/frontend_bg.wasm" "$site.new/pkg/"
  node scripts/site.mjs "$site.new" "$mode"
  rm -rf "$site"
  mv "$site.new" "$site"
  made site "$now"
fi

now=$(fingerprint scripts/assets)
if ! fresh assets "$now" || [ ! -f "$assets/country.mmdb" ]; then
  npm_install scripts/assets
  say "Data for countries, browsers and bots"
  node scripts/assets/build.mjs "$assets"
  made assets "$now"
fi
