#!/usr/bin/env bash
# Puts yyjson, the JSON library that a compiled module's HTTP answers with (bindings/component/http), into .deps/yyjson: its C source as it is in the
# crate that wraps it, pinned by checksum. Does nothing when it is there.
set -euo pipefail
cd "$(dirname "$0")/.."

version=0.10.0
crate=yyjson-sys-0.1.0
sha256=4ed7a5810c650d227cae9d2cb1c73cf0d6d5901181cb2a53dc07007dfcead82c
target=.deps/yyjson
[ "$(cat $target/version 2>/dev/null)" = "$version" ] && exit 0

mkdir -p .deps
work=$(mktemp -d .deps/fetch.XXXXXX)
trap 'rm -rf "$work"' EXIT
echo "fetching yyjson $version"

tools/fetch_crate.sh "${crate%-*}" "${crate##*-}" $sha256 "$work"

mkdir "$work/yyjson"
mv "$work/$crate"/yyjson/src/yyjson.[ch] "$work/$crate/yyjson/LICENSE" "$work/yyjson/"
echo $version >"$work/yyjson/version"
rm -rf $target
mv "$work/yyjson" $target
