#!/usr/bin/env bash
# Runs every check of the tree, also after one has failed, and says at the end which passed. `make test` has built what they need.
set -uo pipefail
cd "$(dirname "$0")/.."

report=()
failed=0
check() { # NAME COMMAND...
    local name=$1 start=$SECONDS verdict=passed
    shift
    printf '\n== %s\n' "$name"
    "$@" </dev/null || { verdict=FAILED; failed=1; }
    report+=("$(printf '%-8s %4d s  %s' $verdict $((SECONDS - start)) "$name")")
}

check "C tests" ctest --preset native
check "C tests and fuzz corpora under ASan and UBSan" "${MAKE:-make}" asan
check "threads under TSan" "${MAKE:-make}" tsan
# In processes of their own: MindSpore can leave a thread flushing denormals, which the native build and wasmtime would then do too.
check "native build and module give the same bits" .venv/bin/python -m pytest -q test/test_native_equals_wasm.py
check "exact has the same bits in every engine" .venv/bin/python -m pytest -q test/test_exact.py
check "Python tests" .venv/bin/python -m pytest -q --ignore=test/test_native_equals_wasm.py --ignore=test/test_exact.py
check "command line under ASan and UBSan" env MSW_FRONTEND=build/asan/wasm-frontend .venv/bin/python -m pytest -q test/e2e
check "image vectors are numpy's" .venv/bin/python tools/make_image_vectors.py --check
for package in bindings/js scenarios/ms-web-plat; do
    [ ! -f $package/package.json ] || check "$package" npm --prefix $package test
done
check "bench: statistics and report" node --test test/bench/test/
[ ! -f tools/make_docs.py ] || check "generated pages are current" .venv/bin/python tools/make_docs.py --check

printf '\n'
printf '%s\n' "${report[@]}"
exit $failed
