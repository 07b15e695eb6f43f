#!/usr/bin/env bash
# Layout and static checks, each over all files of its kind in git; says at the end which passed.
set -uo pipefail
cd "$(dirname "$0")/.."

failed=0
check() { # NAME COMMAND...
    local name=$1
    shift
    if "$@" </dev/null; then echo "passed  $name"; else echo "FAILED  $name"; failed=1; fi
}

# clang-tidy knows a file's flags only if the native build compiles it.
compiled() { sed -n 's/^ *"file": "\(.*\)",*$/\1/p' build/cmake/native/compile_commands.json | sort -u; }

mapfile -t c < <(git ls-files '*.c' '*.h')
check "clang-format (clang-format-22 -i FILE mends it)" clang-format-22 --dry-run -Werror "${c[@]}"
tidy() { compiled | xargs -P 2 -n 4 clang-tidy-22 --quiet -p build/cmake/native; }
check "clang-tidy" tidy
check "ruff" .venv/bin/ruff check --quiet .
check "ruff format (.venv/bin/ruff format mends it)" .venv/bin/ruff format --check --quiet .
check "types of bindings/python" .venv/bin/mypy
for package in bindings/js scenarios/ms-web-plat; do
    [ ! -f $package/package.json ] || check "types of $package" npm --prefix $package run --silent check
done
check "layout of test/bench" bindings/js/node_modules/.bin/prettier --check --log-level warn 'test/bench/**/*.mjs'
check "layout of test/exact and bindings/component" bindings/js/node_modules/.bin/prettier --check --log-level warn --print-width 120 --single-quote 'test/exact/*.mjs' 'bindings/component/**/*.mjs' '!bindings/component/node_modules'
exit $failed
