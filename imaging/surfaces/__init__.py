"""Surfaces drawn from noise: each gives the tone of a patch of floor or wall."""
