"""Who owns the data directory, and how a front gets an engine."""
