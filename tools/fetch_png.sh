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

fetch() { # CRATE VERSION SHA256
    "$(tools/find_cargo.sh)" info --quiet --registry crates-io "$1@$2" >"$work/info"
    local crate
    crate=$(find "${CARGO_HOME:-$HOME/.cargo}/registry/cache" -name "$1-$2.crate" | head -n 1)
    echo "$3  $crate" | sha256sum --quiet -c - || { echo "$crate: wrong checksum, expected sha256 $3" >&2; exit 1; }
    tar -xzf "$crate" -C "$work"
}
fetch spng-sys 0.2.0-alpha.3 3935dd2f897bd3b30eaf8eee44e3f6c07b71c17f8db9d8d6ed9c8faf7eefc8a2
fetch libz-sys 1.1.31 ff20308ecabd635a2dc1dd5834a86c462cca20efba1d5d3ddab1f8aea3455cb2

mkdir "$work/png"
mv "$work/spng-sys-0.2.0-alpha.3/libspng/spng" "$work/png/spng"
mv "$work/libz-sys-1.1.31/src/zlib" "$work/png/zlib"
echo $version >"$work/png/version"
rm -rf $target
mv "$work/png" $target
