"""How much of the machine the engine may use, and how much of that it should use just now."""
