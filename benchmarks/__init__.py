"""Benchmarks of the queue and of the idle engine; `python -m benchmarks` runs them all."""
