"""Which line of the user's Python each node comes from.

MindIR 2.10 has no place for it: the nodes' doc_string is there and empty. MindSpore writes it into the graph dumps that
`save_graphs` asks for; the last of them has the very nodes of the file, by their full names.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NAME = re.compile(r"# Fullname with scope: \((.*)\)")
PLACE = re.compile(r"# In file (.*?):(\d+).*?/(.*?)/(?:<~~.*)?$")
LAST_PASS = "backend_pass"


@contextlib.contextmanager
def dumped(ms: Any, net: Any, folder: Path) -> Iterator[None]:
    """An export of the net meanwhile leaves its last graph in the folder."""
    cache: set[str] = getattr(net, "compile_cache", set())
    cache -= {phase for phase in cache if phase.startswith("export.")}  # compiled before, it would not be dumped
    before = ms.get_context("save_graphs"), ms.get_context("save_graphs_path")
    wanted = os.environ.get("MS_DEV_DUMP_IR_PASSES")
    os.environ["MS_DEV_DUMP_IR_PASSES"] = LAST_PASS
    ms.set_context(save_graphs=1, save_graphs_path=str(folder))
    try:
        yield
    finally:
        ms.set_context(save_graphs=before[0], save_graphs_path=before[1] or ".")
        if wanted is None:
            del os.environ["MS_DEV_DUMP_IR_PASSES"]
        else:
            os.environ["MS_DEV_DUMP_IR_PASSES"] = wanted


def read_lines(folder: Path, framework: Path) -> dict[str, str]:
    """Nodes by name, each with the innermost line outside MindSpore that it comes from."""
    lines: dict[str, str] = {}
    for dump in sorted(folder.glob("*.ir"), key=lambda path: path.stem.rsplit("_", 1)[-1]):
        node = ""
        for text in dump.read_text(encoding="utf-8", errors="replace").splitlines():
            if found := NAME.search(text):
                node = found[1]
            elif node and (place := PLACE.search(text)) and not Path(place[1]).is_relative_to(framework):
                lines[node] = f"{place[1]}:{place[2]}: {place[3].strip()}"
    return lines
