"""Samplers that lead from noise to a picture's latents, in float32 NumPy."""
