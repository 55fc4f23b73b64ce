"""The names of the jobs of federation, for whoever enqueues one."""

__all__ = ["CLEAN_JOB", "HINT_JOB", "PICTURES_JOB", "SYNC_JOB"]

SYNC_JOB = "federation.sync"
CLEAN_JOB = "federation.clean"
PICTURES_JOB = "federation.pictures"
HINT_JOB = "federation.hint"
