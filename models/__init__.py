"""What the GPU endpoint runs: one scoring script and the engines behind it.

Deployed with `imaging` alone, so nothing here imports another package of this repository.
"""
