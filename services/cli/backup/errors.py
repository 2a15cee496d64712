"""What can go wrong with a backup, each error with what to do about it."""


class BackupError(RuntimeError):
    """Base of all errors of backups."""

    code = "backup_failed"


class PostgresToolError(BackupError):
    """`pg_dump` or `pg_restore` is missing or has failed."""

    code = "postgres_tool_failed"


class BackupIncompleteError(BackupError):
    """A row names an object that the object store does not have."""

    code = "backup_incomplete"


class BackupDamagedError(BackupError):
    """The directory does not hold what its manifest says."""

    code = "backup_damaged"


class BackupTargetError(BackupError):
    """The directory that a backup is to be written to is in use."""

    code = "backup_target_in_use"


class RestoreTargetError(BackupError):
    """The database or the bucket holds something already: a restore never mixes two deployments."""

    code = "restore_target_not_empty"


class OtherPepperError(BackupError):
    """The pepper is not the one under which the backup's API keys are stored."""

    code = "other_pepper"
