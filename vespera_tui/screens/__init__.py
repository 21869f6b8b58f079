"""The screens, one a file; each shows a snapshot and knows nothing of the engine."""
