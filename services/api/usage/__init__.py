"""What the tenant has used, and what it may use."""
