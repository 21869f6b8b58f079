"""Dependency cycles: finding and explaining them."""
