"""The plugin host: hook specifications, types, loading, isolation, migrations."""
