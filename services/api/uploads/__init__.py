"""Large files that arrive in parts, and can be gone on with where they broke off."""
