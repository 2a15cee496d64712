"""What an uploaded file becomes: its name, its kind, its text as UTF-8, and what an archive holds.

Without HTTP, SQL or object storage, so that api and trainer judge a file alike.
"""
