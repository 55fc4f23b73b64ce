"""The JSON API at /api/v1, one module a room."""
