"""The trust kernel: documents in, verdicts and signed bytes out. No database, no network."""
