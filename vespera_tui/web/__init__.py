"""HTTP: where to listen, serving, and what monitors read."""
