"""Corpora and their documents."""
