"""The child process that turns text into vectors."""
