"""Whether a product in a finished picture is the product of the photo, in figures."""
