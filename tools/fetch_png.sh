#!/usr/bin/env bash
# Puts the sources of a PNG decoder that compile for WASI into .deps/png, pinned by checksum: libspng and zlib, from the crates that carry them. Does
# nothing when they are there.
set -euo pipefail
cd "$(dirname "$0")/.."

version=1
target=.deps/png
[ "$(cat $target/version 2>/dev/null)" = "$version" ] && exit 0

mkdir -p .deps
work=$(mktemp -d .deps/fetch.XXXXXX)
trap 'rm -rf "$work"' EXIT

tools/fetch_crate.sh spng-sys 0.2.0-alpha.3 3935dd2f897bd3b30eaf8eee44e3f6c07b71c17f8db9d8d6ed9c8faf7eefc8a2 "$work"
tools/fetch_crate.sh libz-sys 1.1.31 ff20308ecabd635a2dc1dd5834a86c462cca20efba1d5d3ddab1f8aea3455cb2 "$work"

mkdir "$work/png"
mv "$work/spng-sys-0.2.0-alpha.3/libspng/spng" "$work/png/spng"
mv "$work/libz-sys-1.1.31/src/zlib" "$work/png/zlib"
echo $version >"$work/png/version"
rm -rf $target
mv "$work/png" $target
