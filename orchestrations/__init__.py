"""Orchestrations: what decides. They yield and branch; no I/O, clock, environment or random."""
