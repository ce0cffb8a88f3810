"""The shadow of a product on its scene."""
