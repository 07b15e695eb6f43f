"""Modules of single operators: from a list of one line each to kernels and the table that the C runtime reads."""
