"""The tenant itself, as its own keys see it."""
