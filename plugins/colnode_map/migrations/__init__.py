"""The map's schema versions."""
