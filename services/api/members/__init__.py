"""Who is in the tenant, and who is invited."""
