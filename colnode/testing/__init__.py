"""The public test kit, a pytest plugin."""
