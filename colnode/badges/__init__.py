"""Achievements, claims, credentials and the passport: what can be earned and what was."""
