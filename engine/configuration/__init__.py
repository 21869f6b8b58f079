"""The configuration: its model, its profiles, and where each value came from."""
