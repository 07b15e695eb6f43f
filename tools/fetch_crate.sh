#!/usr/bin/env bash
# usage: fetch_crate.sh CRATE VERSION SHA256 FOLDER   unpacks what crates.io has under that name and version into FOLDER/CRATE-VERSION. Reading about a crate
# downloads it, and builds nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

"$(tools/find_cargo.sh)" info --quiet --registry crates-io "$1@$2" >/dev/null
crate=$(find "${CARGO_HOME:-$HOME/.cargo}/registry/cache" -name "$1-$2.crate" | head -n 1)
echo "$3  $crate" | sha256sum --quiet -c - || { echo "$crate: wrong checksum, expected sha256 $3" >&2; exit 1; }
tar -xzf "$crate" -C "$4"
