"""Judging what was uploaded: files become texts that are learned from, archives become documents, or it is said why not."""
