"""What a person changes of its own account."""
