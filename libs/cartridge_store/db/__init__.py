"""Postgres: tables, migrations and every query. Repositories take the tenant as a required argument."""
