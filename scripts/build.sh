#!/usr/bin/env bash
# Leaves everything that runs in dist/: the program, the site's files, the data it reads, the Lighthouse runner.
. "$(dirname -- "${BASH_SOURCE[0]}")/env.sh"

"$root/scripts/setup.sh" rust node
"$root/scripts/site.sh"
say "Server (release)"
cargo build --release --bin perfally
say "Laying out dist/"
rm -rf dist.new
mkdir dist.new
cp "$CARGO_TARGET_DIR/release/perfally" dist.new/perfally
cp -R "$site" dist.new/site
cp -R "$assets" dist.new/assets
cp LICENSE dist.new/
if [ -f lighthouse/package.json ]; then
  say "Lighthouse runner"
  mkdir dist.new/lighthouse
  (cd lighthouse && find . \( -name node_modules -o -name test -o -name '*.test.*' \) -prune -o -type f -print0 | tar -c --null -T -) | tar -x -C dist.new/lighthouse
  (cd dist.new/lighthouse && npm ci --omit=dev --ignore-scripts </dev/null)
fi
rm -rf dist
mv dist.new dist
du -sh dist/* | sed 's/^/  /'
say "Done: dist/perfally serve"
