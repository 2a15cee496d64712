"""A backup of what a deployment keeps, rows and objects, in one directory, and the way back."""
