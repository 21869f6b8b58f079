"""Tasks in SQLite, and the clients of the two projections."""
