"""The engine contract (`base`) and its implementations."""
