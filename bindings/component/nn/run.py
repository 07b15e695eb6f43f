"""Runs a WASI program that is a component in Python's wasmtime, which knows nothing of neural networks.

python run.py FOLDER COMPONENT ARGUMENT...     FOLDER is all of the file system that the program sees, as its root
"""

import sys
from pathlib import Path

from wasmtime import Engine, Store, WasiConfig
from wasmtime.component import Component, Linker

RUN = "wasi:cli/run@0.2.12"


def run(folder: str, path: str, arguments: list[str]) -> int:
    engine = Engine()
    store, linker = Store(engine), Linker(engine)
    wasi = WasiConfig()
    wasi.argv = [Path(path).name, *arguments]
    wasi.preopen_dir(folder, "/")
    wasi.inherit_stdout()
    wasi.inherit_stderr()
    store.set_wasi(wasi)
    linker.add_wasip2()
    component = Component.from_file(engine, path)
    instance = linker.instantiate(store, component)
    program = instance.get_func(store, component.get_export_index("run", component.get_export_index(RUN)))
    return int(program(store).tag != "ok")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(f"usage: {__doc__.splitlines()[2].split('     ')[0]}")
    sys.exit(run(sys.argv[1], sys.argv[2], sys.argv[3:]))
