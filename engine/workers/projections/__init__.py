"""The child process that holds Chroma and Kuzu."""
