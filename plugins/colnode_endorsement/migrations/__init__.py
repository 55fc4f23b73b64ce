"""The schema versions of endorsements."""
