"""The core's Alembic scripts; env.py also serves every plugin."""
