#!/usr/bin/env bash
# Puts libwasmtime and its headers into .deps/wasmtime, both pinned by checksum: the library is in the PyPI wheel, the headers are in
# the crate of the C API. Does nothing when they are there.
set -euo pipefail
cd "$(dirname "$0")/.."

version=50.0.1
wheel_sha256=cc14c3a17654e0394e0225b11813532ef0cd7bd1e222a0c5494cdedaabeddac4
crate_sha256=3c24d3970786b4baecb5b6aff31759b4f361879e8d99dbd5dc36a9524a0db6e6

target=.deps/wasmtime
[ "$(cat $target/version 2>/dev/null)" = "$version" ] && exit 0

mkdir -p .deps
work=$(mktemp -d .deps/fetch.XXXXXX)
trap 'rm -rf "$work"' EXIT
echo "fetching libwasmtime $version"

verify() { # FILE SHA256
    echo "$2  $1" | sha256sum --quiet -c - || { echo "$1: wrong checksum, expected sha256 $2" >&2; exit 1; }
}

python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: \
    --platform manylinux1_x86_64 --dest "$work" "wasmtime==$version"
wheel=$(echo "$work"/wasmtime-*.whl)
verify "$wheel" $wheel_sha256

tools/fetch_crate.sh wasmtime-c-api-impl $version $crate_sha256 "$work"

mkdir -p "$work/wasmtime/lib"
python3 -m zipfile -e "$wheel" "$work/wheel"
mv "$work/wheel/wasmtime/linux-x86_64/_libwasmtime.so" "$work/wasmtime/lib/libwasmtime.so"
mv "$work/wasmtime-c-api-impl-$version/include" "$work/wasmtime/include"

# The wheel is built with every feature of the C API but these two.
sed -E -e '/#cmakedefine WASMTIME_FEATURE_(DISABLE_LOGGING|ALL_ARCH)\b/d' -e 's/#cmakedefine/#define/' \
    "$work/wasmtime/include/wasmtime/conf.h.in" >"$work/wasmtime/include/wasmtime/conf.h"

echo $version >"$work/wasmtime/version"
rm -rf $target
mv "$work/wasmtime" $target
