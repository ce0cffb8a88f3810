"""Numbers as JSON writes them."""


def whole(given: object) -> object:
    """A whole number that was written as 5.0, as 5; anything else as it is."""
    return int(given) if isinstance(given, float) and given.is_integer() else given
