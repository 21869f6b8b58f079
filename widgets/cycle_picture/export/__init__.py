"""A component in the languages of other tools; each module has one function ``write``."""
