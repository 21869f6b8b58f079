"""Keeping the three stores small and quick: when it pays, what there is to do, what it gained."""
