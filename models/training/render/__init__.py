"""Renders parametric products with Blender's Cycles: photographs to train on that nobody took.

Each shot follows from (seed, index) alone, so any number of processes can share the work, and a
run that was stopped goes on where it was.
"""
