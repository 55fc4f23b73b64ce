"""Every test uses the public test kit; see colnode.testing."""
