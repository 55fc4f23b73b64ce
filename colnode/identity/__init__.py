"""People, organisations, memberships, sessions, keys and permissions."""
