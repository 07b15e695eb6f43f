"""A tuner of the tiles of convolutions and products: it times candidates in wasmtime and records which was fastest.

space.py     the candidates of a workload: every legal tile, pruned by cost.py's estimate to dozens
bench.py     compiles all candidates of a workload into one module, checks their answers, and times them
search.py    rounds that take turns and drop the slower half
findings.py  what came out, with the file that keeps it
model.py     the workloads of an ONNX file
"""
