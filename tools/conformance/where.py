"""Names the first node of an exported net whose answer is not MindSpore's: `tools/conformance/where.py NAME [SET]`."""

from __future__ import annotations

import os
import sys

os.environ.setdefault("GLOG_v", "4")

import cache

sys.path.insert(0, str(cache.ROOT / "bindings" / "python"))
os.environ.setdefault("MSW_WASM", str(cache.ROOT / "build" / "wasm" / "ms_backend_wasm.wasi.wasm"))
import ms_backend_wasm as msw


def main() -> None:
    name, number = [*sys.argv[1:], "0"][:2]
    where = cache.CACHE / name
    print(msw.verify(where / "net.mindir", *cache.load_arrays(where, f"in_{number}")))


if __name__ == "__main__":
    main()
