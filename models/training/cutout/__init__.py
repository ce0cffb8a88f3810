"""Trains the bundled cut-out net on renders alone. Development only: needs PyTorch."""
