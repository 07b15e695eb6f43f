"""The sweep over TVM's operators (tvm.topi): cases, independent oracles, and what comes of them in wasmtime."""
