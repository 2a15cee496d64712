"""API keys of the calling tenant."""
