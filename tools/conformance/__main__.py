"""`make conformance`: exports every net of the lists with MindSpore, runs it in our module, writes docs/CONFORMANCE.md.

python tools/conformance                 all; what is cached is not made again
python tools/conformance mlp zoo/resnet  those whose names begin so; prints, writes no page
--exports                                exports and references only
--again                                  tries again what failed to export
--cached                                 exports nothing: what is not there yet is listed as not measured
--build relaxed                          the relaxed module in place of the plain one; prints, writes no page

MSW_WASM names another module than those that were built. missing.py lists the operators that it lacks, where.py the
first node of a net that goes wrong.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

os.environ.setdefault("GLOG_v", "4")

import cache
import compare
import nets
import report
import zoo

BUILDS = {"plain": "ms_backend_wasm.wasi.wasm", "relaxed": "ms_backend_wasm-relaxed.wasm"}
FRONTEND = Path(os.environ.get("MSW_FRONTEND") or cache.ROOT / "build" / "bin" / "wasm-frontend")
WAYS = [cache.HERE / "answer.py", cache.HERE / "compare.py", FRONTEND]


def choose(prefixes: list[str]) -> list:
    chosen = [net for net in nets.NETS + zoo.NETS if not prefixes or net.name.startswith(tuple(prefixes))]
    return chosen or sys.exit(f"no net's name begins with {' or '.join(prefixes)}")


def last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no message"])[-1]


def process(script: str, net, **environment: str) -> tuple[str, str]:
    """What a script says of one net in a process of its own, and how it failed, if it did."""
    command = [sys.executable, cache.HERE / script, net.name]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=60 * net.minutes, env=os.environ | environment, check=False
        )
    except subprocess.TimeoutExpired:
        return "", f"not done after {net.minutes} minutes"
    if done.returncode:
        return "", f"exit code {done.returncode}: {last_line(done.stderr)}"
    return last_line(done.stdout), ""


def export(net) -> str:
    said, failed = process("export.py", net)
    if failed:
        cache.save_failure(net, failed)
    return said or failed


def export_all(chosen: list, again: bool) -> None:
    wanted = [net for net in chosen if not cache.is_current(net) or (again and "failed" in cache.meta(net))]
    with ThreadPoolExecutor(2) as pool:
        for net, said in zip(wanted, pool.map(export, wanted), strict=True):
            print(f"{net.name}: {said}"[:200], flush=True)


def module_of(build: str) -> Path:
    return Path(os.environ.get("MSW_WASM") or cache.ROOT / "build" / "wasm" / BUILDS[build])


def own_copy(build: str) -> Path:
    """The module as it is now: a build may go on beside a long run."""
    wasm = module_of(build)
    name = hashlib.sha256(wasm.read_bytes()).hexdigest()[:16]
    kept = cache.CACHE / f"module_{build}_{name}.wasm"
    for old in cache.CACHE.glob(f"module_{build}_*.wasm"):
        old.unlink()
    shutil.copyfile(wasm, kept)
    return kept


def answer(net, build: str, wasm: Path) -> dict:
    """The row of one net: cached as long as the module, the export and the way of comparing stay the same."""
    facts = cache.meta(net)
    if not cache.is_current(net):
        return {"facts": {}, "failed": report.WAITING}
    if "failed" in facts:
        return {"facts": facts, "failed": f"not exported: {facts['failed']}"}
    ways = b"".join(file.read_bytes() for file in WAYS if file.exists())
    key = hashlib.sha256(f"{facts['key']} {wasm.name} ".encode() + ways).hexdigest()[:16]
    file = cache.folder(net) / f"row_{build}.json"
    kept = json.loads(file.read_text()) if file.exists() else {}
    if kept.get("key") == key:
        return kept["row"]
    said, failed = process("answer.py", net, MSW_WASM=str(wasm))
    row = {"failed": failed} if failed else json.loads(said)
    row |= {"facts": facts, "spread": compare.spread(cache.load_arrays(cache.folder(net), "want_0"))}
    file.write_text(json.dumps({"key": key, "row": row}))
    return row


def answer_all(chosen: list, build: str) -> list:
    wasm = own_copy(build)
    rows = []
    for net in chosen:
        row = answer(net, build, wasm)
        rows.append((net, row))
        verdict = report.why(net, row)
        print(
            f"{'FAILED' if verdict else 'ok':8}{net.name}  {verdict or format(row['error'], '.1e')}"[:250], flush=True
        )
    return rows


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("names", nargs="*", help="beginnings of names")
    options.add_argument("--exports", action="store_true", help="exports and references only")
    options.add_argument("--again", action="store_true", help="try failed exports again")
    options.add_argument("--cached", action="store_true", help="export nothing")
    options.add_argument("--build", choices=BUILDS, default="plain", help="which of our modules runs (default: plain)")
    given = options.parse_args()
    chosen = choose(given.names)
    cache.CACHE.mkdir(parents=True, exist_ok=True)
    if not given.cached:
        export_all(chosen, given.again)
    if given.exports:
        return
    rows = answer_all(chosen, given.build)
    if given.names or given.build != "plain":
        print(f"{report.count(rows)} pass")
    else:
        report.write(rows, module_of(given.build))
    sys.exit(any(report.why(net, row) for net, row in rows))


if __name__ == "__main__":
    main()
