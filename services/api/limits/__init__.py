"""Limits by the minute: token buckets in Redis."""
