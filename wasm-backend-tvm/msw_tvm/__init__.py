"""Code generation by Apache TVM for modules that keep the contract of docs/ABI.md."""
