"""Measures a cut-out net on pictures that its training never saw."""
