"""The command line `cartridges` and the embedded stack behind it."""
