"""The tools, a file a subject."""
