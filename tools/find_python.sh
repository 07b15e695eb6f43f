#!/usr/bin/env bash
# Prints the name of a Python that NumPy 1.26 and MindSpore 2.10 have wheels for (3.10 to 3.12), or fails.
for python in python3 python3.12 python3.11 python3.10; do
    if "$python" -c 'import ensurepip, sys, venv; sys.exit(not (3, 10) <= sys.version_info < (3, 13))' 2>/dev/null; then
        echo "$python"
        exit 0
    fi
done
echo "no Python 3.10 to 3.12 with venv; MindSpore 2.10 needs one" >&2
exit 1
