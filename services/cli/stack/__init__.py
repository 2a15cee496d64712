"""The embedded stack: everything a machine needs to run the platform, supervised, under one data directory."""
