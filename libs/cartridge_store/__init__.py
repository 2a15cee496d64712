"""What api and trainer share: settings, object storage, grants, queue names and, under `db`, the tables.

Everything outside `db` works without a database, so that inference can use it.
"""
