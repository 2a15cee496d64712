"""Trained cartridges."""
