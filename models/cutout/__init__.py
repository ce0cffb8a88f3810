"""The steps that turn a photo and a net into a matte."""
