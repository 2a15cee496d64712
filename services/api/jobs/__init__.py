"""Training jobs and their events."""
