"""Makes cartridges: a Celery worker that takes training jobs from the database and runs the pipeline."""
