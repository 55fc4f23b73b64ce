"""What colnode bench runs: us, the peers and the physical limit side by side."""
