#!/usr/bin/env bash
# Prints the name of a cargo that can tell about a crate without building it (1.82 or later), or fails.
for cargo in cargo $(compgen -c cargo-1. | sort -u); do
    if "$cargo" info --help >/dev/null 2>&1; then
        echo "$cargo"
        exit 0
    fi
done
echo "no cargo of version 1.82 or later" >&2
exit 1
