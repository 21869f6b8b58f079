"""The SQLite file: its schema, the one thread that writes, the connections that read."""
