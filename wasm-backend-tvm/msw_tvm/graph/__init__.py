"""From an ONNX file to a module that holds one model: import, simplify, lay out, lower, plan, emit."""
