#!/usr/bin/env bash
# usage: fuzz.sh SECONDS   runs each fuzz target that long from its corpus in test/corpus, then reports its executions and the lines of
# the engine that the corpus reaches, by folder (by file: build/fuzz/NAME.coverage). New inputs go to build/fuzz; `fuzz.sh --merge` adds those that reach new code to test/corpus.
set -euo pipefail
cd "$(dirname "$0")/.."

cmake --build --preset asan
cmake --build --preset coverage
shopt -s nullglob
targets=(build/cmake/asan/fuzz/*_fuzz)
[ ${#targets[@]} -gt 0 ] || { echo "no fuzz targets: src/**/*_fuzz.c" >&2; exit 1; }

run() { # TARGET SECONDS
    mkdir -p build/fuzz/"$1"
    build/cmake/asan/fuzz/"$1" -max_total_time="$2" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix=build/fuzz/"$1"- build/fuzz/"$1" test/corpus/"$1" >build/fuzz/"$1".log 2>&1 || {
        tail -n 60 build/fuzz/"$1".log
        echo "$1: a finding; the input is build/fuzz/$1-*" >&2
        exit 1
    }
    echo "$1: $(sed -n 's/stat::number_of_executed_units: *//p' build/fuzz/"$1".log) executions in $2 s, no finding"
}

coverage() { # TARGET
    local seen=build/fuzz/$1 committed=test/corpus/$1
    LLVM_PROFILE_FILE=build/fuzz/$1.profraw build/cmake/coverage/fuzz/"$1" -runs=0 "$committed" "$seen" >/dev/null 2>&1
    llvm-profdata-22 merge -o build/fuzz/"$1".profdata build/fuzz/"$1".profraw
    echo "$1: corpus of $(find "$committed" -type f | wc -l) files, and $(find "$seen" -type f | wc -l) found while fuzzing; lines reached:"
    # Lines of what is linked into the target, by folder; the target's own files are no part of the engine.
    llvm-cov-22 report build/cmake/coverage/fuzz/"$1" -instr-profile=build/fuzz/"$1".profdata -show-region-summary=false \
        -show-branch-summary=false -ignore-filename-regex='_fuzz|_mutator|_driver|test\.h' src >build/fuzz/"$1".coverage
    awk 'NF == 7 && $1 ~ "/" { folder = "src/" $1; sub("/[^/]*$", "", folder); all[folder] += $5; missed[folder] += $6
                               all["src"] += $5; missed["src"] += $6 }
         END { for (name in all) printf "  %-18s %5.1f %% of %d lines\n", name, 100 - 100 * missed[name] / all[name], all[name] }' \
        build/fuzz/"$1".coverage | sort
}

for path in "${targets[@]}"; do
    target=${path##*/}
    if [ "$1" = --merge ]; then
        "$path" -merge=1 test/corpus/"$target" build/fuzz/"$target"
    else
        run "$target" "$1"
        coverage "$target"
    fi
done
