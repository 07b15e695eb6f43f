"""What tools/make_models.py makes: the nets of the benchmark, each in MindSpore's form and in ONNX's.

registry.py lists them. Each net's module has `make(**arguments)`, which gives its numbers by name and a MindSpore cell
that holds them, and `graph(numbers, shapes, **arguments)`, which gives the ONNX graph as PyTorch's exporter would write
it and what its outputs are.
"""

import sys
from pathlib import Path

TOOLS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TOOLS), str(TOOLS / "conformance"), str(TOOLS.parent / "bindings" / "python")]
