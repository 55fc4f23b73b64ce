"""The line of the schema's versions."""
