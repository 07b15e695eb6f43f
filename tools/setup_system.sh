#!/usr/bin/env bash
# usage: setup_system.sh GROUP...   makes sure that the Debian packages of these groups of apt-packages.txt are there, and Python's venv
# and a cargo that will do. As root it installs what is missing; otherwise it names the one command that does, and fails.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "$(uname -sm)" != "Linux x86_64" ] || ! command -v dpkg-query >/dev/null; then
    echo "expected Debian or Ubuntu on x86-64, this is $(uname -sm); what is needed is in tools/apt-packages.txt" >&2
    exit 1
fi

missing=()
installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p')
for group in "$@"; do
    for package in $(sed -n "s/^$group  *\([a-z0-9.+-]*\).*/\1/p" tools/apt-packages.txt); do
        grep -qxF "$package" <<<"$installed" || missing+=("$package")
    done
done

# These may have come from elsewhere than apt.
{ tools/find_python.sh && python3 -m pip --version; } >/dev/null 2>&1 || missing+=(python3 python3-venv python3-pip)
[ -f .deps/wasmtime/version ] || tools/find_cargo.sh >/dev/null 2>&1 || cargo_missing=1

[ ${#missing[@]} -eq 0 ] && [ -z "${cargo_missing-}" ] && exit 0

root=$([ "$(id -u)" -eq 0 ] && echo yes || echo no)
export DEBIAN_FRONTEND=noninteractive
[ $root = no ] || apt-get update -qq </dev/null

# The first package with a cargo of 1.82 or later: Debian 12 has one for its browsers, Ubuntu has them by version.
if [ -n "${cargo_missing-}" ]; then
    for package in cargo cargo-web cargo-1.89 cargo-1.85 cargo-1.83 cargo-1.82; do
        version=$(apt-cache policy $package 2>/dev/null | sed -n 's/^ *Candidate: //p')
        if dpkg --compare-versions "${version:-0}" ge 1.82; then break; fi
    done
    missing+=("$package")
fi

install="apt-get install -y --no-install-recommends ${missing[*]}"
if [ $root = no ]; then
    echo "this machine lacks ${missing[*]}; install with" >&2
    echo "    sudo sh -c 'apt-get update && $install'" >&2
    exit 1
fi
echo "installing ${missing[*]}"
if ! $install -qq </dev/null >/dev/null; then
    echo "failed: $install" >&2
    echo "Debian 12 has all of these; where the release has no clang-22, add the source described at https://apt.llvm.org" >&2
    exit 1
fi
