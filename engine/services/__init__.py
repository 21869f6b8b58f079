"""The background services: what they do with the operations they are given."""
