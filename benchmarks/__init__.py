"""Benchmarks: `python -m benchmarks` runs all and prints a table and JSON."""
