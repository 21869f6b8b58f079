"""Theme files (data)."""
