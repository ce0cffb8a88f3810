"""Benchmarks: ratios against a named rival in the same run. `make bench` runs them."""
