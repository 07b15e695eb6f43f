#!/usr/bin/env bash
# Puts what WASI publishes and we compile against into .deps/interfaces, pinned by checksum: the WIT of wasi:http with all that it uses, and of wasi:nn,
# from the crates of the runtime that implements them, and the adapter that makes a preview 1 command a component. Does nothing when they are there.
set -euo pipefail
cd "$(dirname "$0")/.."

version=1
target=.deps/interfaces
[ "$(cat $target/version 2>/dev/null)" = "$version" ] && exit 0

mkdir -p .deps
work=$(mktemp -d .deps/fetch.XXXXXX)
trap 'rm -rf "$work"' EXIT

tools/fetch_crate.sh wasmtime-wasi-http 49.0.0 c91ec67afa7d94f3762ed523c7f25908406f146d91fadd4dd7c013869608c3ed "$work"
tools/fetch_crate.sh wasmtime-wasi-nn 47.0.0 381ab3f97b2b5e6fc526915fffcdd1f8e11569432a4ea5ed731a18835d0f5daa "$work"
tools/fetch_crate.sh wasi-preview1-component-adapter-provider 50.0.1 08af31e188aec735fabb6370000e3c5954eae92d434a63ad22f665b55b01dda4 "$work"

mkdir "$work/interfaces"
mv "$work/wasmtime-wasi-http-49.0.0/wit/deps" "$work/interfaces/wasi"
mv "$work/wasmtime-wasi-nn-47.0.0/wit/wasi-nn.wit" "$work/interfaces/"
mv "$work"/wasi-preview1-component-adapter-provider-50.0.1/artefacts/*.wasm "$work/interfaces/"
echo $version >"$work/interfaces/version"
rm -rf $target
mv "$work/interfaces" $target
