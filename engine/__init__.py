"""Everything of Vespera that works without a screen."""
